// Never ends by itself: packages/test kills its runner.
import { test } from "alloy-assay/playwright";

test.setTimeout(600_000);
for (const name of ["hangs", "hangs too"]) {
  test(name, ({ assay }) => new Promise((done) => setTimeout(done, 600_000, assay)));
}
