import assert from "node:assert/strict";
import { test } from "node:test";
import { useAssay } from "alloy-assay/node";
import { upload } from "../uploader.mjs";

const assay = useAssay();

test("uploads a file", async () => {
  const key = await upload("report.txt", "hello", assay);
  assert.equal((await assay.content(key)).toString(), "hello");
});

test("survives SlowDown", async () => {
  await assay.faults.add("put:times=2:error=SlowDown");
  await upload("report.txt", "hello", assay);
  assert.equal((await assay.files()).length, 1);
});
