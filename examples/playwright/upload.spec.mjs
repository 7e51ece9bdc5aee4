import { expect } from "@playwright/test";
import { test } from "alloy-assay/playwright";
import { upload } from "../uploader.mjs";

test("uploads a file", async ({ assay }) => {
  const key = await upload("report.txt", "hello", assay);
  expect((await assay.content(key)).toString()).toBe("hello");
});
