export type Severity = "error" | "warning" | "note";

/** Text such as `"61m"` or `"300ms"`, or milliseconds. */
export type Duration = string | number;

/** A fault in its short form, such as `"put:nth=1:error=SlowDown"`, or as JSON. */
export type Rule = string | { on: string; effect: { kind: string } & Record<string, unknown> } & Record<string, unknown>;

/** Something that a client did wrong. */
export interface Finding {
  id: number;
  rule: string;
  severity: Severity;
  exchange: number;
  operation: string;
  /** What happened. */
  message: string;
  /** How to fix it. */
  hint: string;
  /** The place in the body (JSON Pointer), or a header's name. */
  pointer: string;
  /** The place in the OpenAPI document. */
  spec: string | null;
  /** The sentence of the document, the guide or S3's documentation that it comes from. */
  source: string;
  /** Whether the test said that it is meant, with `expect`. */
  expected?: boolean;
}

/** One half of an exchange. Keys and signatures are masked; a file's content is never kept. */
export interface Message {
  headers: unknown;
  bytes: number;
  body: string | null;
}

/** A request and its answer. */
export interface Exchange {
  id: number;
  at: string;
  operation: string;
  user_id: string | null;
  /** The test of the user, if it has a label. */
  label?: string;
  method: string;
  /** Scheme, host and port that the client called, where it said so. */
  origin?: string;
  path: string;
  status: number | null;
  duration_us: number;
  fault: string | null;
  request: Message;
  response: Message;
  findings: number[];
}

/** A stored file. */
export interface StoredFile {
  s3Key: string;
  userId: string | null;
  filename: string;
  size: number;
  md5: string;
  contentType: string | null;
  lastModified: string;
}

/** Which findings count. */
export interface FindingsOptions {
  /** The least severity that fails; `"error"` unless given. */
  failOn?: Severity | "never";
  /** Globs over rule ids, such as `"contract-*"`. */
  ignore?: readonly string[];
}

export interface StartOptions {
  /** Options of `assay serve`. */
  options?: readonly string[];
  /** The client's API key; a fresh one unless given. */
  apiKey?: string;
  /** A running emulator to attach to, instead of starting one. */
  url?: string;
  /**
   * Leads connections to production's hosts to the emulator, over TLS: those of this process, until `stop()`, and
   * those of processes that get `env`.
   */
  intercept?: boolean;
}

/** What the fixtures take. */
export interface AssayOptions extends FindingsOptions {
  /** Options of `assay serve`. */
  options?: readonly string[];
  /** Leads connections to production's hosts to the emulator while a test runs. */
  intercept?: boolean;
  /** Rules whose findings are meant in each test, such as `"s3-url-expired"`. */
  expect?: readonly string[];
}

/** The emulator did not start, or refused a call of the control API. */
export class AssayError extends Error {}

/** The traffic has findings that were not expected, or lacks some that were. */
export class FindingsError extends Error {
  readonly findings: Finding[];
  /** What was expected and did not come, a sentence each. */
  readonly missing: string[];
}

/** The emulator's clock. It belongs to all of the emulator: tests side by side need one each. */
export interface Clock {
  now(): Promise<Date>;
  advance(by: Duration): Promise<Date>;
  set(time: Date | string): Promise<Date>;
  freeze(): Promise<Date>;
  unfreeze(): Promise<Date>;
  reset(): Promise<Date>;
}

export interface Faults {
  /** Adds a fault; gives its id. */
  add(rule: Rule): Promise<string>;
  /** Adds the faults of a scenario (`assay faults` lists them); gives their ids. */
  scenario(name: string): Promise<string[]>;
  list(): Promise<({ id: string; hits: number } & Record<string, unknown>)[]>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

/** An emulator of Alloy's file API and of the S3 behind it. */
export interface Emulator extends AsyncDisposable {
  readonly baseUrl: string;
  readonly apiKey: string;
  /** The id of the key's own user. */
  readonly userId: string;
  /** Whether it was started here, rather than attached to. */
  readonly owned: boolean;
  /** What tells a client where to go, as `assay run` gives it to its command. */
  readonly env: Record<"ALLOY_BASE_URL" | "ALLOY_API_KEY" | "ALLOY_USER_ID" | "ASSAY_URL", string> &
    Record<string, string>;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Takes another API key, and with it another user. */
  useKey(apiKey: string): void;
  /** What clients did wrong so far, oldest first. */
  findings(query?: { severity?: Severity }): Promise<Finding[]>;
  /** The recorded exchanges, oldest first. With `count` and `wait`, as soon as there are that many. */
  exchanges(query?: { operation?: string; count?: number; wait?: Duration }): Promise<Exchange[]>;
  files(): Promise<StoredFile[]>;
  content(file: StoredFile | string): Promise<Buffer>;
  /** The findings that count for `assertClean`. */
  wrong(options?: FindingsOptions): Promise<Finding[]>;
  /** Throws a `FindingsError` where there are findings that count, or expected ones are missing. */
  assertClean(options?: FindingsOptions): Promise<void>;
  /**
   * Says that findings of a rule are meant: they fail nothing, but that none comes does. With `times` exactly so many
   * are meant. The rule may be a glob, such as `"s3-*"`.
   */
  expect(rule: string, options?: { times?: number }): Promise<void>;
  /** Names the test that this key's traffic belongs to, in log, journal and reports. */
  label(label: string): Promise<void>;
  /** Forgets files, exchanges, findings, expectations, faults and clock moves. */
  reset(): Promise<void>;
  /** What it has logged so far. */
  log(): string;
  /** Ends it, if it was started here. */
  stop(): Promise<void>;
}

/** Starts an emulator on a free port. It ends with `stop()`, or with this process, however that ends. */
export function startEmulator(options?: StartOptions): Promise<Emulator>;
