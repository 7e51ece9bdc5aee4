// For Jest.
"use strict";

const { hooks } = require("./hooks.cjs");

module.exports = {
  useAssay: (options) =>
    hooks(options, {
      beforeEach: (begin) => globalThis.beforeEach(() => begin(globalThis.expect.getState().currentTestName)),
      afterEach: globalThis.afterEach,
      afterAll: globalThis.afterAll,
    }),
};
