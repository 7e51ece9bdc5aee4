// Finds the program `assay`: in this package, in ASSAY_BINARY, on PATH, in that order.
"use strict";

const { accessSync, constants } = require("node:fs");
const { delimiter, join } = require("node:path");

const NAME = process.platform === "win32" ? "assay.exe" : "assay";

/** The npm package that has the program for this machine. */
const PLATFORM = `@alloy-assay/${process.platform}-${process.arch}`;

/** @param {string} path */
function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the path of the program.
 * @returns {string}
 * @throws {Error} where it is nowhere, with the remedy.
 */
function findBinary() {
  try {
    return require.resolve(`${PLATFORM}/bin/${NAME}`);
  } catch {
    // Not installed: the other places are left.
  }
  const configured = process.env.ASSAY_BINARY;
  if (configured) {
    if (canRun(configured)) return configured;
    throw new Error(`ASSAY_BINARY: cannot run \`${configured}\``);
  }
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, NAME);
    // npm puts this package's own launcher on PATH under the same name.
    if (folder && !folder.includes("node_modules") && canRun(path)) return path;
  }
  throw new Error(
    `the package ${PLATFORM}, which has the program for this machine, is not installed. ` +
      "A lockfile made on another platform may have lost it: delete node_modules and the lockfile and install " +
      "again, with optional dependencies; or name the program in ASSAY_BINARY",
  );
}

module.exports = { findBinary };
