// The launcher passes signals and exit codes through. Run by packages/test with the launcher's path.
const assert = require("node:assert/strict");
const { spawn, spawnSync } = require("node:child_process");

const launcher = process.argv[2];
const seven = [launcher, "run", "--pass-with-no-requests", "--", "sh", "-c", "exit 7"];
assert.equal(spawnSync(process.execPath, seven).status, 7);

const serve = [launcher, "serve", "--listen", "127.0.0.1:0"];
const child = spawn(process.execPath, serve, { stdio: ["ignore", "pipe", "ignore"] });
child.stdout.once("data", (line) => {
  assert.match(String(line), /^assay listening on /);
  child.kill("SIGTERM");
});
child.on("exit", (code, signal) => {
  assert.deepEqual([code, signal], [0, null]);
  console.log("ok");
});
