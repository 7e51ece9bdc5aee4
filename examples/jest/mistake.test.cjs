// A client with the most frequent mistake: it sends the MD5 as hex, and does not look at the answer. The test fails and
// says why.
const { createHash } = require("node:crypto");
const { useAssay } = require("alloy-assay/jest");

const assay = useAssay();

test("uploads a file", async () => {
  const md5 = createHash("md5").update("hello").digest("hex");
  const answer = await fetch(`${assay.baseUrl}/connectors/files/upload/request`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${assay.apiKey}`,
      "x-api-version": "2025-09",
      "content-type": "application/json",
    },
    body: JSON.stringify({ filename: "a.txt", mimeType: "text/plain", md5 }),
  });
  const { presignedUrl } = (await answer.json()).presignedUrl;
  await fetch(presignedUrl, { method: "PUT", headers: { "content-md5": md5 }, body: "hello" });
});
