// Never ends by itself: packages/test kills its runner.
import { test } from "alloy-assay/vitest";

test("hangs", { timeout: 600_000 }, ({ assay }) => new Promise((done) => setTimeout(done, 600_000, assay)));
