#!/usr/bin/env node
// Hands over to the program: arguments, streams, signals and exit code pass through untouched.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { findBinary } = require("../lib/binary.cjs");

let binary;
try {
  binary = findBinary();
} catch (error) {
  console.error(`assay: ${error.message}`);
  process.exit(2);
}

const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });

// A terminal sends its signals to the program itself; what others send to this process alone is handed on.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"]) {
  if (!(signal in constants.signals)) continue;
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}

child.on("error", (error) => {
  console.error(`assay: cannot start ${binary}: ${error.message}`);
  process.exit(127);
});

child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  // End as the program ended.
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
