const { useAssay } = require("alloy-assay/jest");
const { upload } = require("./uploader.cjs");

const assay = useAssay();

test("uploads a file", async () => {
  const key = await upload("report.txt", "hello", assay);
  expect((await assay.content(key)).toString()).toBe("hello");
});

test("survives SlowDown", async () => {
  await assay.faults.add("put:times=2:error=SlowDown");
  await upload("report.txt", "hello", assay);
  expect(await assay.files()).toHaveLength(1);
});
