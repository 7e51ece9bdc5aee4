// Never ends by itself: packages/test kills its runner.
import { test } from "node:test";
import { useAssay } from "alloy-assay/node";

useAssay();

test("hangs", () => new Promise((done) => setTimeout(done, 600_000)));
