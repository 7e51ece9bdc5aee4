// The same client with production's URL in it: its connections reach the emulator, over HTTPS.
import { assayTest } from "alloy-assay/vitest";
import { expect } from "vitest";
import { upload } from "../uploader.mjs";

const test = assayTest({ intercept: true });

test("uploads to production's URL", async ({ assay }) => {
  const baseUrl = "https://production.runalloy.com";
  const key = await upload("report.txt", "hello", { baseUrl, apiKey: assay.apiKey });
  expect((await assay.content(key)).toString()).toBe("hello");
});
