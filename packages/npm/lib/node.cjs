// For node:test.
"use strict";

const { after, afterEach, beforeEach } = require("node:test");
const { hooks } = require("./hooks.cjs");

module.exports = {
  useAssay: (options) =>
    hooks(options, {
      beforeEach: (begin) => beforeEach((context) => begin(context?.fullName ?? context?.name ?? "a test")),
      afterEach,
      afterAll: after,
    }),
};
