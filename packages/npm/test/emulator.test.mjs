// The verbs of the package, against the program. Run by packages/test in a project that has it installed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import https from "node:https";
import { readFileSync } from "node:fs";
import net from "node:net";
import { after, test } from "node:test";
import tls from "node:tls";
import { AssayError, FindingsError, startEmulator } from "alloy-assay";
import { useAssay } from "alloy-assay/node";

const assay = useAssay({ failOn: "never" });
const PRODUCTION = "https://production.runalloy.com";

async function presign(emulator, baseUrl = emulator.baseUrl) {
  const md5 = createHash("md5").update("hello").digest("base64");
  const answer = await fetch(`${baseUrl}/connectors/files/upload/request`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${emulator.apiKey}`,
      "x-api-version": "2025-09",
      "content-type": "application/json",
    },
    body: JSON.stringify({ filename: "a.txt", mimeType: "text/plain", md5 }),
  });
  return (await answer.json()).presignedUrl;
}

async function put({ presignedUrl, md5 }) {
  const headers = { "content-md5": md5, "content-type": "text/plain" };
  return fetch(presignedUrl, { method: "PUT", headers, body: "hello" });
}

test("sees an upload everywhere", async (context) => {
  const presigned = await presign(assay);
  assert.equal((await put(presigned)).status, 200);
  const [file] = await assay.files();
  assert.deepEqual([file.s3Key, file.userId, file.size], [presigned.s3Key, assay.userId, 5]);
  assert.equal((await assay.content(file)).toString(), "hello");
  const exchanges = await assay.exchanges({ count: 2, wait: 5000 });
  assert.deepEqual(exchanges.map(({ operation }) => operation), ["presign", "put"]);
  assert.deepEqual(exchanges.map(({ label }) => label), [context.name, context.name]);
  await assay.assertClean({ failOn: "note" });
});

test("moves the clock", async () => {
  const presigned = await presign(assay);
  const before = await assay.clock.now();
  assert.ok((await assay.clock.advance("61m")) - before >= 61 * 60_000);
  assert.match(await (await put(presigned)).text(), /expired/);
  await assay.clock.freeze();
  const time = new Date("2026-01-02T03:04:05Z");
  assert.deepEqual([await assay.clock.set(time), await assay.clock.now()], [time, time]);
  await assay.clock.unfreeze();
  await assay.clock.reset();
});

test("adds and removes faults", async () => {
  const fault = await assay.faults.add("put:nth=1:error=SlowDown");
  const presigned = await presign(assay);
  assert.deepEqual([(await put(presigned)).status, (await put(presigned)).status], [503, 200]);
  assert.deepEqual((await assay.faults.list()).map(({ id, hits }) => [id, hits]), [[fault, 1]]);
  await assay.faults.remove(fault);
  assert.ok((await assay.faults.scenario("slow-down")).length > 0);
  await assay.faults.clear();
  assert.deepEqual(await assay.faults.list(), []);
});

test("finds what is wrong", async () => {
  const headers = { authorization: `Bearer ${assay.apiKey}` };
  await fetch(`${assay.baseUrl}/connectors/files/list`, { headers });
  const [{ rule }] = await assay.findings({ severity: "error" });
  await assert.rejects(assay.assertClean(), (error) => error instanceof FindingsError && error.message.includes(rule));
  await assay.assertClean({ ignore: ["*"] });
  await assert.rejects(assay.assertClean({ failOn: "all" }), /unknown severity/);
});

test("expects what is meant", async () => {
  await assay.expect("s3-url-expired", { times: 1 });
  await assert.rejects(assay.assertClean(), /expected finding missing: `s3-url-expired` was expected 1 time/);
  const presigned = await presign(assay);
  await assay.clock.advance("61m");
  await put(presigned);
  await assay.assertClean();
  await assert.rejects(assay.expect("s3-url-expires"), /no rule matches/);
});

test("forgets everything on reset", async () => {
  await put(await presign(assay));
  await assay.faults.add("put:nth=9:error=SlowDown");
  await assay.reset();
  assert.deepEqual([await assay.files(), await assay.exchanges(), await assay.faults.list()], [[], [], []]);
});

test("attached, sees its own key only", async () => {
  const other = await startEmulator({ url: assay.baseUrl });
  await presign(other);
  assert.equal((await other.exchanges()).length, 1);
  const fault = await other.faults.add("put:nth=9:error=SlowDown");
  const kept = await assay.faults.add("put:nth=9:error=SlowDown");
  await other.reset();
  const ids = (await assay.faults.list()).map(({ id }) => id);
  assert.deepEqual([ids.includes(kept), ids.includes(fault)], [true, false]);
  await other.stop();
  await assay.clock.now();
});

test("says what is wrong", async () => {
  await assert.rejects(assay.clock.advance("soon"), { name: "AssayError", message: /invalid duration `soon`/ });
  await assert.rejects(startEmulator({ options: ["--no-such-option"] }), /did not start/);
  await assert.rejects(startEmulator({ url: "http://127.0.0.1:1" }), /no emulator answers/);
  await assert.rejects(startEmulator({ url: assay.baseUrl, intercept: true }), /assay run --intercept/);
});

test("refuses an emulator of another version", async () => {
  const server = createServer((_, answer) => answer.end('{"status": "ok", "version": "9.9.9"}'));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  after(() => server.close());
  const url = `http://127.0.0.1:${server.address().port}`;
  await assert.rejects(startEmulator({ url }), (error) => error instanceof AssayError && /9\.9\.9/.test(error.message));
});

test("intercepts this process and its children until it stops", async () => {
  const before = [net.Socket.prototype.connect, tls.createSecureContext, process.env.NODE_OPTIONS];
  const emulator = await startEmulator({ intercept: true });
  assert.equal(emulator.env.ALLOY_BASE_URL, PRODUCTION);
  const presigned = await presign(emulator, PRODUCTION);
  assert.match(presigned.presignedUrl, /^https:\/\/alloy-user-files\.s3\.us-east-1\.amazonaws\.com\//);
  assert.equal((await put(presigned)).status, 200);
  const status = await new Promise((resolve, reject) => {
    https.get(`${PRODUCTION}/connectors/files/list`, (answer) => resolve(answer.resume().statusCode)).on("error", reject);
  });
  assert.equal(status, 401);
  const script = `fetch("${PRODUCTION}/connectors/files/list").then(({ status }) => console.log(status))`;
  const child = spawnSync(process.execPath, ["-e", script], { env: { ...process.env, ...emulator.env } });
  assert.equal(child.stdout.toString(), "401\n", child.stderr.toString());
  const operations = (await emulator.exchanges()).map(({ operation }) => operation);
  assert.deepEqual(operations, ["presign", "put", "list", "list"]);
  await emulator.stop();
  assert.deepEqual([net.Socket.prototype.connect, tls.createSecureContext, process.env.NODE_OPTIONS], before);
});

test("has the verbs of the guide", async () => {
  const guide = readFileSync(new URL("../client-tests.md", import.meta.url), "utf8");
  const rows = guide.split("\n## Methods by language\n")[1].trim().split("\n\n")[0].split("\n").slice(2);
  const verbs = rows.flatMap((row) => [...row.split("|")[2].matchAll(/`([\w.]+)/g)].map(([, verb]) => verb));
  assert.ok(verbs.length > 15, String(verbs));
  for (const verb of verbs.filter((verb) => verb !== "startEmulator")) {
    const value = verb.split(".").reduce((from, name) => from?.[name], assay);
    assert.notEqual(value, undefined, verb);
  }
});
