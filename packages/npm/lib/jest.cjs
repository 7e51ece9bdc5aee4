// For Jest.
"use strict";

const { relative } = require("node:path");
const { hooks } = require("./hooks.cjs");

module.exports = {
  useAssay: (options) =>
    hooks(options, {
      beforeEach: (begin) =>
        globalThis.beforeEach(() => {
          const { currentTestName, testPath } = globalThis.expect.getState();
          return begin(`${relative(process.cwd(), testPath)} > ${currentTestName}`);
        }),
      afterEach: globalThis.afterEach,
      afterAll: globalThis.afterAll,
    }),
};
