// The emulator as a process, and its control API as JavaScript. Types and documentation are in index.d.cts.
"use strict";

const { spawn } = require("node:child_process");
const { createHash, randomBytes } = require("node:crypto");
const http = require("node:http");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
// Tests may replace the global ones.
const { clearTimeout, setInterval, setTimeout } = require("node:timers");
const { findBinary } = require("./binary.cjs");
const { Interception } = require("./intercept.cjs");
const { version } = require("../package.json");

const SEVERITIES = ["error", "warning", "note"];

/** How much of the emulator's log is kept, in characters. */
const MAX_LOG = 1 << 20;

/** The longest label, in bytes. */
const MAX_LABEL = 500;

class AssayError extends Error {
  name = "AssayError";
}

class FindingsError extends Error {
  name = "FindingsError";

  constructor(findings, missing = []) {
    super([...(findings.length > 0 ? [report(findings)] : []), ...missing].join("\n\n"));
    this.findings = findings;
    this.missing = missing;
  }
}

/** The findings as text for people. */
function report(findings) {
  const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  const each = findings.map(
    (finding) =>
      `${finding.severity}[${finding.rule}] ${finding.operation}, exchange ${finding.exchange}\n` +
      `  actual: ${finding.message}\n  fix:    ${finding.hint}`,
  );
  return [`${count} of alloy-assay:`, ...each].join("\n\n");
}

/** Starts the program; gives its address once it accepts connections. */
function launch(options, onLog) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("ASSAY_")));
  const words = ["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes", ...options];
  const child = spawn(findBinary(), words, { stdio: ["pipe", "pipe", "pipe"], env });
  child.stdin.on("error", () => {});
  child.stderr.setEncoding("utf8").on("data", onLog);
  return new Promise((resolve, reject) => {
    let out = "";
    let failed = (why) => reject(new AssayError(`assay did not start: ${why}`));
    child.on("error", (error) => failed(error.message));
    child.on("close", (code) => failed(onLog("").trim() || `exit code ${code}`));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
      const found = /^assay listening on (\S+)\n/.exec(out);
      if (found) {
        failed = () => {};
        // A test runner that has nothing else to do may end.
        for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle.unref?.();
        resolve({ child, url: found[1] });
      }
    });
  });
}

class Emulator {
  #child;
  #log;
  #ownFaults = [];
  #label;
  #expects = false;
  #agent = new http.Agent({ keepAlive: false });

  constructor({ child, url, apiKey, log, interception }) {
    this.#child = child;
    this.#log = log;
    this._interception = interception;
    this.owned = child !== undefined;
    this.baseUrl = url.replace(/\/+$/, "");
    this.clock = new Clock(this);
    this.faults = new Faults(this);
    this.useKey(apiKey ?? freshKey());
  }

  useKey(apiKey) {
    this.apiKey = apiKey;
    this.#label = undefined;
    this.#expects = false;
    this.userId = createHash("sha256").update(apiKey).digest("hex").slice(0, 24);
  }

  get env() {
    return {
      ALLOY_BASE_URL: isIntercepted(this.baseUrl) ? process.env.ALLOY_BASE_URL : this.baseUrl,
      ...this._interception?.env,
      ALLOY_API_KEY: this.apiKey,
      ALLOY_USER_ID: this.userId,
      ASSAY_URL: this.baseUrl,
    };
  }

  log() {
    return this.#log?.text ?? "";
  }

  async findings({ severity } = {}) {
    return (await this._call("GET", "findings", this.#scope({ severity }))).findings;
  }

  async exchanges({ operation, count, wait } = {}) {
    const query = this.#scope({ operation, count, wait: duration(wait) });
    return (await this._call("GET", "journal", query)).exchanges;
  }

  async files() {
    return (await this._call("GET", "objects", this.#scope({}))).objects;
  }

  async content(file) {
    const key = typeof file === "string" ? file : file.s3Key;
    return this.#send("GET", `objects/${encodeURIComponent(key)}`);
  }

  async wrong({ failOn = "error", ignore = [] } = {}) {
    if (failOn === "never") return [];
    const worst = SEVERITIES.indexOf(failOn);
    if (worst < 0) throw new TypeError(`unknown severity \`${failOn}\`: use error, warning, note or never`);
    const counted = SEVERITIES.slice(0, worst + 1);
    const ignored = ignore.map(glob);
    return (await this.findings()).filter(
      ({ rule, severity, expected }) => counted.includes(severity) && !expected && !ignored.some((pattern) => pattern.test(rule)),
    );
  }

  async assertClean(options) {
    const wrong = await this.wrong(options);
    const missing = options?.failOn === "never" ? [] : await this.#missing();
    if (wrong.length > 0 || missing.length > 0) throw new FindingsError(wrong, missing);
  }

  async expect(rule, { times } = {}) {
    await this._call("POST", "expect", undefined, { rule, user: this.userId, times });
    this.#expects = true;
  }

  /** What was expected and did not come, or not often enough. */
  async #missing() {
    if (!this.#expects) return [];
    const { expectations } = await this._call("GET", "expect", { user: this.userId });
    return expectations
      .map(({ rule, times, came }) => ({ rule, times: times ?? 1, came }))
      .filter(({ times, came }) => came < times)
      .map(({ rule, times, came }) => {
        return `expected finding missing: \`${rule}\` was expected ${times} time(s), came ${came}`;
      });
  }

  async label(label) {
    this.#label = label;
    // The limit is in bytes; half a character becomes one of three.
    const shown = Buffer.from(label).subarray(0, MAX_LABEL - 3).toString();
    await this._call("POST", "labels", undefined, { user: this.userId, label: shown });
  }

  async reset() {
    if (this.owned) {
      await this._call("POST", "reset");
      this.#ownFaults = [];
      if (this.#label !== undefined) await this.label(this.#label);
    } else {
      await this._call("POST", "reset", { user: this.userId });
      await this.faults.clear();
    }
  }

  async stop() {
    this._interception?.off();
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.ref();
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.stop();
  }

  get _ownFaults() {
    return this.#ownFaults;
  }

  #scope(query) {
    return this.owned ? query : { ...query, user: this.userId };
  }

  async _call(method, path, query, body) {
    const answer = await this.#send(method, path, query, body);
    return answer.length > 0 ? JSON.parse(answer.toString("utf8")) : undefined;
  }

  // Not `fetch`: tests replace it, and proxies of the environment are not for the emulator.
  #send(method, path, query = {}, body = undefined) {
    const url = new URL(`${this.baseUrl}/_assay/${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const data = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = data && { "content-type": "application/json", "content-length": data.length };
    return new Promise((resolve, reject) => {
      const request = http.request(url, { method, headers, agent: this.#agent }, (answer) => {
        const chunks = [];
        answer.on("data", (chunk) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const bytes = Buffer.concat(chunks);
          if (answer.statusCode < 400) return resolve(bytes);
          let why = bytes.toString("utf8");
          try {
            why = JSON.parse(why).message ?? why;
          } catch {
            // Not JSON: shown as it is.
          }
          reject(new AssayError(`${method} /_assay/${path}: ${answer.statusCode}: ${why}`));
        });
      });
      request.on("error", (error) => {
        reject(new AssayError(`no emulator answers at ${this.baseUrl}: ${error.message}`));
      });
      request.end(data);
    });
  }
}

class Clock {
  #emulator;

  constructor(emulator) {
    this.#emulator = emulator;
  }

  async now() {
    return new Date((await this.#emulator._call("GET", "clock")).now);
  }

  advance(by) {
    return this.#post({ advance: duration(by) });
  }

  set(time) {
    return this.#post({ set: time instanceof Date ? time.toISOString() : time });
  }

  freeze() {
    return this.#post({ freeze: true });
  }

  unfreeze() {
    return this.#post({ freeze: false });
  }

  reset() {
    return this.#post({ reset: true });
  }

  async #post(body) {
    return new Date((await this.#emulator._call("POST", "clock", undefined, body)).now);
  }
}

class Faults {
  #emulator;

  constructor(emulator) {
    this.#emulator = emulator;
  }

  async add(rule) {
    return (await this.#add(rule))[0];
  }

  scenario(name) {
    return this.#add({ scenario: name });
  }

  async list() {
    return (await this.#emulator._call("GET", "faults")).faults;
  }

  async remove(id) {
    await this.#emulator._call("DELETE", `faults/${encodeURIComponent(id)}`);
  }

  async clear() {
    const own = this.#emulator._ownFaults.splice(0);
    if (this.#emulator.owned) {
      await this.#emulator._call("DELETE", "faults");
      return;
    }
    const there = new Set((await this.list()).map(({ id }) => id));
    for (const id of own) if (there.has(id)) await this.remove(id);
  }

  async #add(rule) {
    const answer = await this.#emulator._call("POST", "faults", undefined, rule);
    const ids = (answer.faults ?? [answer]).map(({ id }) => id);
    this.#emulator._ownFaults.push(...ids);
    return ids;
  }
}

function freshKey() {
  return `assay-${randomBytes(8).toString("hex")}`;
}

/** A duration as text; a number is milliseconds. */
function duration(value) {
  return typeof value === "number" ? `${value}ms` : value;
}

/** A glob over rule ids as a regular expression. */
function glob(pattern) {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".");
  return new RegExp(`^${escaped}$`);
}

async function startEmulator({ options = [], apiKey, url, intercept = false } = {}) {
  if (url !== undefined) {
    if (!intercept || isIntercepted(url)) return fits(new Emulator({ url, apiKey }));
    throw new AssayError(
      "`intercept` needs an emulator that is started here; under `assay run`, use `assay run --intercept`",
    );
  }
  const log = { text: "" };
  const onLog = (text) => (log.text = (log.text + text).slice(-MAX_LOG));
  const folder = join(tmpdir(), `assay-intercept-${randomBytes(8).toString("hex")}`);
  const extra = intercept ? ["--intercept-dir", folder, "--allow-host", "*"] : [];
  const started = await launch([...options, ...extra], onLog);
  const interception = intercept ? new Interception(folder) : undefined;
  const emulator = await fits(new Emulator({ ...started, apiKey, log, interception }));
  interception?.on();
  return emulator;
}

/** Whether this process runs under the `assay run --intercept` of this emulator. */
function isIntercepted(url) {
  return process.env.ASSAY_URL === url && /^https:/.test(process.env.ALLOY_BASE_URL ?? "");
}

/** Holds that the program has the version of this package. */
async function fits(emulator) {
  try {
    const health = await emulator._call("GET", "health");
    if (health.version === version) return emulator;
    throw new AssayError(
      `the emulator has version ${health.version}, this package ${version}: install matching versions of \`assay\``,
    );
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

/**
 * What the fixtures of all test runners do: an emulator for each worker, started with the first test, and for each
 * test a key of its own.
 */
class Session {
  #isRunning = false;
  #starting;

  constructor(options) {
    this.options = options;
  }

  emulator() {
    const { options, intercept } = this.options;
    if (this.#starting === undefined) endWithRunner();
    this.#starting ??= startEmulator({ options, intercept, url: process.env.ASSAY_URL || undefined });
    return this.#starting;
  }

  async begin(label) {
    if (this.#isRunning) {
      throw new AssayError(
        "tests that run concurrently in one file cannot share an emulator, its clock and its faults: " +
          "run them one after the other, or give each its own with `startEmulator()`",
      );
    }
    this.#isRunning = true;
    try {
      const emulator = await this.emulator();
      emulator.useKey(freshKey());
      if (emulator.owned) await emulator.reset();
      await emulator.label(label);
      for (const rule of this.options.expect ?? []) await emulator.expect(rule);
      emulator._interception?.on();
      return emulator;
    } catch (error) {
      this.#isRunning = false;
      throw error;
    }
  }

  /** Throws where the test's traffic has findings. */
  async end() {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    const emulator = await this.emulator();
    emulator._interception?.off();
    if (!emulator.owned) await emulator.faults.clear();
    await emulator.assertClean(this.options);
  }

  async stop() {
    const starting = this.#starting;
    this.#starting = undefined;
    await (await starting)?.stop();
  }
}

/** Ends a test runner's worker process once the runner is gone: a hanging test would keep it, and the emulator. */
function endWithRunner() {
  const isWorker = process.connected || process.env.NODE_TEST_CONTEXT?.startsWith("child");
  const runner = process.ppid;
  // Jest gives tests a copy of `process`, whose `ppid` stays the same.
  const isGone = () => {
    try {
      return process.ppid !== runner || !process.kill(runner, 0);
    } catch (error) {
      return error.code === "ESRCH";
    }
  };
  if (isWorker) setInterval(() => isGone() && process.kill(process.pid, "SIGKILL"), 500).unref();
}

module.exports = { AssayError, Emulator, FindingsError, Session, report, startEmulator };
