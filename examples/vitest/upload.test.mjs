import { test } from "alloy-assay/vitest";
import { expect } from "vitest";
import { upload } from "../uploader.mjs";

test("uploads a file", async ({ assay }) => {
  const key = await upload("report.txt", "hello", assay);
  expect((await assay.files()).map((file) => file.s3Key)).toEqual([key]);
  expect((await assay.content(key)).toString()).toBe("hello");
});

for (const fault of ["put:times=2:error=SlowDown", "put:nth=1:lost-response", "put:nth=1:expired"]) {
  test(`survives ${fault}`, async ({ assay }) => {
    await assay.faults.add(fault);
    await upload("report.txt", "hello", assay);
    expect(await assay.files()).toHaveLength(1);
  });
}

test("uploads once in three hours", async ({ assay }) => {
  const first = await upload("report.txt", "hello", assay);
  await assay.clock.advance("3h");
  expect(await upload("report.txt", "hello", assay)).toBe(first);
  expect(await assay.exchanges({ operation: "put" })).toHaveLength(1);
});
