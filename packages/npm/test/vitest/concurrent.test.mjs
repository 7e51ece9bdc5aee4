// Fails: tests that run concurrently cannot share an emulator.
import { test } from "alloy-assay/vitest";

for (const name of ["one", "two"]) {
  test.concurrent(name, async ({ assay }) => {
    await assay.clock.advance("1m");
  });
}
