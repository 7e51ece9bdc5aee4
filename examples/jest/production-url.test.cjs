// The same client with production's URL in it: its connections reach the emulator, over HTTPS.
const { useAssay } = require("alloy-assay/jest");
const { upload } = require("./uploader.cjs");

const assay = useAssay({ intercept: true });

test("uploads to production's URL", async () => {
  const baseUrl = "https://production.runalloy.com";
  const key = await upload("report.txt", "hello", { baseUrl, apiKey: assay.apiKey });
  expect((await assay.content(key)).toString()).toBe("hello");
});
