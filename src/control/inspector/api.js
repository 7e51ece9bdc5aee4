// @ts-check
// The control API, and what the page knows from it.

/** What a report has in it that is one file; null on the live page. */
const saved = document.getElementById("data");
export const report = saved ? JSON.parse(saved.textContent ?? "") : null;

export const state = {
  /** @type {any[]} oldest first */
  exchanges: [],
  /** @type {Map<number, any>} by their id */
  byId: new Map(),
  /** @type {any[]} */
  findings: [],
  /** @type {Map<number, any[]>} by the exchange's id */
  found: new Map(),
  /** @type {any[]} what tests do wrong on purpose, and did not do yet */
  missing: [],
  /** @type {any[]} */
  files: [],
  /** @type {any[]} */
  faults: [],
  /** @type {any[]} */
  scenarios: [],
  /** @type {Record<string, string>} by user */
  labels: {},
  /** The emulator's clock: its time at a moment of ours. */
  clock: { now: Date.now(), at: performance.now(), offset: 0, frozen: false },
  connection: "connecting",
};

const MAX = 20_000;

/** @type {Map<string, Set<Function>>} */
const listeners = new Map();

/** @param {string} topic @param {Function} listener */
export function on(topic, listener) {
  const all = listeners.get(topic) ?? new Set();
  listeners.set(topic, all.add(listener));
}

/** @param {string} topic @param {any} [value] */
export function tell(topic, value) {
  listeners.get(topic)?.forEach((listener) => listener(value));
}

/**
 * Calls the control API. Errors carry the server's message.
 * @param {string} method @param {string} path @param {any} [body] an object, or text as it is
 */
export async function call(method, path, body) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(path, { method, body: text });
  const json = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(json.message ?? `${answer.status} ${answer.statusText}`);
  return json;
}

/** The emulator's time, in milliseconds. */
export function now() {
  const { now, at, frozen } = state.clock;
  return frozen ? now : now + performance.now() - at;
}

/** @param {any} reading */
export function setClock(reading) {
  const { now, offset_seconds: offset, frozen } = reading;
  state.clock = { now: Date.parse(now), at: performance.now(), offset, frozen };
  tell("clock");
}

/** @param {any} exchange */
function add(exchange) {
  state.exchanges.push(exchange);
  state.byId.set(exchange.id, exchange);
  if (state.exchanges.length > MAX) {
    for (const old of state.exchanges.splice(0, MAX / 10)) state.byId.delete(old.id);
    tell("dropped");
  }
}

function clear() {
  Object.assign(state, { exchanges: [], byId: new Map(), findings: [], found: new Map(), missing: [], files: [] });
  tell("cleared");
}

/** @param {any[]} findings @param {any[]} expectations */
function setFindings(findings, expectations) {
  for (const finding of findings) finding.kind = finding.expected ? "expected" : finding.severity;
  state.findings = findings;
  state.missing = expectations.filter(({ came, times }) => came < (times ?? 1));
  state.found = new Map();
  for (const finding of findings) {
    const known = state.found.get(finding.exchange) ?? [];
    state.found.set(finding.exchange, [...known, finding]);
  }
  tell("findings");
}

/**
 * Makes a refresh that runs at most once at a time, and not more than a tenth of the time.
 * @param {() => Promise<void>} refresh
 */
function paced(refresh) {
  let busy = false;
  let again = false;
  const run = async () => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const start = performance.now();
    await refresh().catch(() => {});
    setTimeout(() => {
      busy = false;
      if (again) run();
      again = false;
    }, Math.max(300, (performance.now() - start) * 10));
  };
  return run;
}

export const refreshFindings = paced(async () => {
  const [{ findings }, { expectations }] = await Promise.all(["findings", "expect"].map((path) => call("GET", path)));
  setFindings(findings, expectations);
});

export const refresh = paced(async () => {
  const [files, faults, clock, { labels }] = await Promise.all(
    ["objects", "faults", "clock", "labels"].map((path) => call("GET", path)),
  );
  state.files = files.objects;
  state.faults = faults.faults;
  state.labels = labels;
  setClock(clock);
  tell("state");
});

/** Everything back to the start. */
export async function reset() {
  await call("POST", "reset");
  refresh();
}

export function start() {
  if (report) {
    report.exchanges.forEach(add);
    state.labels = report.labels ?? {};
    setClock({ now: report.ended ?? report.started, offset_seconds: 0, frozen: true });
    setFindings(report.findings, report.expectations ?? []);
    tell("exchanges", state.exchanges);
    return;
  }
  call("GET", "scenarios").then((answer) => {
    state.scenarios = answer.scenarios;
    tell("state");
  }, () => {});
  refresh();
  refreshFindings();
  setInterval(() => {
    if (document.visibilityState === "visible") refresh(), refreshFindings();
  }, 5_000);

  const stream = new EventSource("journal/stream");
  /** @type {any[]} */
  let come = [];
  /** Handled together: a stream that begins brings thousands. */
  const handle = () => {
    const exchanges = come;
    come = [];
    exchanges.forEach(add);
    tell("exchanges", exchanges);
    if (exchanges.some((exchange) => exchange.findings.length > 0)) refreshFindings();
    refresh();
  };
  stream.addEventListener("message", (event) => {
    if (come.push(JSON.parse(event.data)) === 1) setTimeout(handle, 50);
  });
  stream.addEventListener("reset", () => {
    come = [];
    clear();
    refresh();
    refreshFindings();
  });
  stream.addEventListener("open", () => {
    if (state.connection === "reconnecting") verify();
    connected("live");
  });
  stream.addEventListener("error", () => {
    connected("reconnecting");
    // A browser gives up after an answer that is none, while an emulator starts again, say.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3_000);
  });
}

/** Begins anew if another emulator answers now, whose ids mean something else. */
async function verify() {
  const last = state.exchanges.at(-1);
  if (!last) return;
  const { exchanges } = await call("GET", `journal?after=${last.id - 1}&limit=1`);
  if (exchanges[0]?.id !== last.id || exchanges[0].at !== last.at) location.reload();
}

/** @param {string} connection */
function connected(connection) {
  state.connection = connection;
  tell("connection");
}
