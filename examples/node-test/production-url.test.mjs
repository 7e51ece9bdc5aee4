// The same client with production's URL in it: its connections reach the emulator, over HTTPS.
import assert from "node:assert/strict";
import { test } from "node:test";
import { useAssay } from "alloy-assay/node";
import { upload } from "../uploader.mjs";

const assay = useAssay({ intercept: true });

test("uploads to production's URL", async () => {
  const baseUrl = "https://production.runalloy.com";
  const key = await upload("report.txt", "hello", { baseUrl, apiKey: assay.apiKey });
  assert.equal((await assay.content(key)).toString(), "hello");
});
