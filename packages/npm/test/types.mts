// Type-checked by packages/test, not run.
import { startEmulator, FindingsError, type Finding } from "alloy-assay";
import { useAssay } from "alloy-assay/node";
import { test } from "alloy-assay/vitest";

const assay = useAssay({ failOn: "warning", ignore: ["contract-*"] });
const url: string = assay.baseUrl;

test("a test", async ({ assay }) => {
  const time: Date = await assay.clock.advance("61m");
  await assay.clock.advance(61 * 60 * 1000);
  const id: string = await assay.faults.add({ on: "put", nth: 1, effect: { kind: "error", code: "SlowDown" } });
  await assay.faults.remove(id);
  console.log(time, url);
});

async function main(): Promise<void> {
  await using emulator = await startEmulator({ options: ["--seed", "7"] });
  const findings: Finding[] = await emulator.findings({ severity: "error" });
  try {
    await emulator.assertClean();
  } catch (error) {
    if (error instanceof FindingsError) console.log(error.findings.length, findings);
  }
}

await main();
