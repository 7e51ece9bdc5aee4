// Never ends by itself: packages/test kills its runner.
const { useAssay } = require("alloy-assay/jest");

useAssay();

test("hangs", () => new Promise((done) => setTimeout(done, 600_000)), 600_000);
