// The exchanges of a test bear its name.
import { describe, expect } from "vitest";
import { test } from "alloy-assay/vitest";

describe("a suite", () => {
  test("a test", async ({ assay }) => {
    await fetch(`${assay.baseUrl}/connectors/files/list`, {
      headers: { authorization: `Bearer ${assay.apiKey}`, "x-api-version": "2025-09" },
    });
    const labels = (await assay.exchanges()).map(({ label }) => label);
    expect(labels).toEqual(["test/vitest/label.test.mjs > a suite > a test"]);
  });
});
