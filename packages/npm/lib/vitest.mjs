// For Vitest.
import { test as base } from "vitest";
import core from "./index.cjs";

/** Makes a `test` whose fixture `assay` is set up like this. */
export function assayTest(options = {}) {
  // A worker has one, for all of its files that share a module.
  const session = new core.Session(options);
  return base.extend({
    // eslint-disable-next-line no-empty-pattern
    assay: async ({ task, onTestFinished }, use) => {
      const emulator = await session.begin(name(task));
      await use(emulator);
      await session.end();
    },
  });
}

export const test = assayTest();

function name(task) {
  const names = [];
  for (let at = task; at && at.name; at = at.suite) names.unshift(at.name);
  return [task.file?.name, ...names].filter(Boolean).join(" > ");
}
