// A client of Alloy's file API: what is tested here.
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const ATTEMPTS = 5;

/** Uploads bytes; gives their s3Key. */
export async function upload(filename, content, { baseUrl, apiKey, mimeType = "text/plain", pause = 200 }) {
  const md5 = createHash("md5").update(content).digest("base64");
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) await sleep(pause * 2 ** attempt);
    try {
      // A new URL for each attempt: the last one may have expired, or the file may be there already.
      const presigned = await presign({ baseUrl, apiKey, filename, mimeType, md5 });
      if (presigned.type === "existing") return presigned.s3Key;
      const headers = { "content-type": mimeType, "content-md5": presigned.md5 };
      const answer = await fetch(presigned.presignedUrl, { method: "PUT", headers, body: content });
      const text = await answer.text();
      if (answer.ok) return presigned.s3Key;
      if (answer.status < 500 && !text.includes("Request has expired")) {
        throw new Error(`S3 answered ${answer.status}: ${text}`);
      }
    } catch (error) {
      // `fetch` throws a TypeError where the connection breaks: the next presign says whether the file arrived.
      if (!(error instanceof TypeError)) throw error;
    }
  }
  throw new Error(`${filename} was not uploaded in ${ATTEMPTS} attempts`);
}

async function presign({ baseUrl, apiKey, filename, mimeType, md5 }) {
  const answer = await fetch(`${baseUrl}/connectors/files/upload/request`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "x-api-version": "2025-09",
      "content-type": "application/json",
    },
    body: JSON.stringify({ filename, mimeType, md5 }),
  });
  if (!answer.ok) throw new Error(`Alloy answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()).presignedUrl;
}
