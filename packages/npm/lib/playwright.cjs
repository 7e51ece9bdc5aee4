// For Playwright.
"use strict";

const { test: base } = require("@playwright/test");
const { Session } = require("./index.cjs");

/** Makes a `test` whose fixture `assay` is set up like this. */
function assayTest(options = {}) {
  return base.extend({
    _assaySession: [
      // Playwright reads which fixtures are needed from this pattern.
      async ({}, use) => {
        const session = new Session(options);
        await use(session);
        await session.stop();
      },
      { scope: "worker" },
    ],
    assay: async ({ _assaySession }, use, info) => {
      const emulator = await _assaySession.begin(info.titlePath.join(" > "));
      await use(emulator);
      await _assaySession.end();
    },
  });
}

module.exports = { assayTest, test: assayTest() };
