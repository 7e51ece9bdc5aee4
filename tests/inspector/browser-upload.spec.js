// The page of docs/client-tests.md: it computes a file's MD5 in the browser and uploads with it.
import { test as base, expect } from "@playwright/test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Emulator } from "./emulator.js";

const CHUNK = 1 << 20;
const CHUNKS = 24;

/** The code blocks of the guide's chapter. */
function guide() {
  const text = readFileSync(new URL("../../docs/client-tests.md", import.meta.url), "utf8");
  const chapter = text.split("\n## Uploads from a browser\n")[1].split("\n## ")[0];
  return [...chapter.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
}

const PAGE = `<!doctype html>
<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'">
<script type="importmap">{"imports": {"hash-wasm": "/hash-wasm.js"}}</script>
<script type="module">
  import { md5Of } from "/md5.js";
  import { put } from "/put.js";
  window.upload = async (file) => {
    const md5 = await md5Of(file);
    const body = JSON.stringify({ filename: file.name, mimeType: file.type, md5 });
    const presigned = await (await fetch("/presign", { method: "POST", body })).json();
    return { md5, etag: await put(presigned, file) };
  };
</script>`;

/** The page's own server, which alone has the API key. */
function site(emulator) {
  const [upload, md5] = guide();
  const put = `export async function put({ presignedUrl, md5 }, file) {\n${upload}\nreturn etag;\n}`;
  const library = readFileSync(new URL("node_modules/hash-wasm/dist/index.esm.min.js", import.meta.url));
  const files = { "/md5.js": md5, "/put.js": put, "/hash-wasm.js": library };
  return createServer(async (request, response) => {
    if (request.url === "/presign") {
      const headers = {
        authorization: "Bearer alice-key",
        "x-api-version": "2025-09",
        "content-type": "application/json",
      };
      const body = (await request.toArray()).join("");
      const answer = await fetch(`${emulator.url}/connectors/files/upload/request`, { method: "POST", headers, body });
      response.end(JSON.stringify((await answer.json()).presignedUrl));
    } else if (request.url in files) {
      response.setHeader("content-type", "text/javascript").end(files[request.url]);
    } else {
      response.setHeader("content-type", "text/html").end(request.url === "/" ? PAGE : "");
    }
  });
}

base("uploads a large file with an MD5 that the page computed", async ({ page }) => {
  const emulator = await Emulator.start();
  const server = site(emulator);
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => "upload" in window);
    const uploaded = await page.evaluate(
      ([size, count]) => {
        const parts = Array.from({ length: count }, (_, at) => new Uint8Array(size).fill(at));
        return window.upload(new File(parts, "large.bin", { type: "application/octet-stream" }));
      },
      [CHUNK, CHUNKS],
    );
    const hash = createHash("md5");
    for (let at = 0; at < CHUNKS; at += 1) hash.update(Buffer.alloc(CHUNK, at));
    const md5 = hash.digest();
    expect(uploaded).toEqual({ md5: md5.toString("base64"), etag: `"${md5.toString("hex")}"` });
    const { findings } = await emulator.control("GET", "findings");
    expect(findings).toEqual([]);
  } finally {
    server.close();
    await emulator.stop();
  }
});
