// The exchanges of a test bear its name.
const { useAssay } = require("alloy-assay/jest");

const assay = useAssay();

describe("a suite", () => {
  test("a test", async () => {
    await assay.label("ü".repeat(400));
    await assay.label(`${expect.getState().currentTestName}`);
    await assay.reset();
    await fetch(`${assay.baseUrl}/connectors/files/list`, {
      headers: { authorization: `Bearer ${assay.apiKey}`, "x-api-version": "2025-09" },
    });
    expect((await assay.exchanges()).map(({ label }) => label)).toEqual(["a suite a test"]);
  });

  test("another test", async () => {
    await fetch(`${assay.baseUrl}/connectors/files/list`, {
      headers: { authorization: `Bearer ${assay.apiKey}`, "x-api-version": "2025-09" },
    });
    const labels = (await assay.exchanges()).map(({ label }) => label);
    expect(labels).toEqual(["test/jest/label.test.cjs > a suite another test"]);
  });
});
