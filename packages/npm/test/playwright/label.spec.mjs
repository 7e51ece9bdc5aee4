// The exchanges of a test bear its name.
import { expect } from "@playwright/test";
import { test } from "alloy-assay/playwright";

test.describe("a suite", () => {
  test("a test", async ({ assay }) => {
    await fetch(`${assay.baseUrl}/connectors/files/list`, {
      headers: { authorization: `Bearer ${assay.apiKey}`, "x-api-version": "2025-09" },
    });
    const labels = (await assay.exchanges()).map(({ label }) => label);
    expect(labels).toEqual(["test/playwright/label.spec.mjs > a suite > a test"]);
  });
});
