// `useAssay()` by the hooks of a test runner.
"use strict";

const { Session } = require("./index.cjs");

/** An object that stands for the emulator of the running test. */
function hooks(options = {}, runner) {
  const session = new Session(options);
  let current;
  runner.beforeEach(async (label) => {
    current = await session.begin(label);
  });
  runner.afterEach(() => session.end());
  runner.afterAll(() => session.stop());
  return new Proxy(
    {},
    {
      get(_, name) {
        if (current === undefined) throw new Error("the emulator is there inside tests and beforeEach only");
        const value = current[name];
        return typeof value === "function" ? value.bind(current) : value;
      },
    },
  );
}

module.exports = { hooks };
