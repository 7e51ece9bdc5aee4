// An emulator for each test, and a page that may not go wrong in silence.
import { test as base, expect } from "@playwright/test";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY = process.env.ASSAY_BINARY ?? fileURLToPath(new URL("../../target/debug/assay", import.meta.url));

export class Emulator {
  static async start(listen = "127.0.0.1:0") {
    const emulator = new Emulator();
    emulator.child = spawn(BINARY, ["serve", "-q", "--listen", listen], { stdio: ["ignore", "pipe", "ignore"] });
    const lines = createInterface({ input: emulator.child.stdout });
    const { value } = await lines[Symbol.asyncIterator]().next();
    emulator.url = value.replace("assay listening on ", "");
    return emulator;
  }

  stop() {
    return new Promise((resolve) => {
      this.child.once("exit", resolve);
      this.child.kill("SIGKILL");
    });
  }

  async control(method, path, body) {
    const answer = await fetch(`${this.url}/_assay/${path}`, { method, body: body && JSON.stringify(body) });
    expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
    return answer.json();
  }

  presign(filename, text, { key = "alice-key", mimeType = "text/plain" } = {}) {
    const md5 = createHash("md5").update(text).digest("hex");
    return fetch(`${this.url}/connectors/files/upload/request`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "x-api-version": "2025-09", "content-type": "application/json" },
      body: JSON.stringify({ filename, mimeType, md5 }),
    }).then((answer) => answer.json()).then((answer) => answer.presignedUrl);
  }

  async put(presigned, text, { md5 = presigned.md5, url = presigned.presignedUrl, mimeType = "text/plain" } = {}) {
    const answer = await fetch(url, { method: "PUT", headers: { "content-md5": md5, "content-type": mimeType }, body: text });
    return answer.status;
  }

  async upload(filename, text, options = {}) {
    const presigned = await this.presign(filename, text, options);
    expect(await this.put(presigned, text, options)).toBe(200);
    return presigned;
  }
}

export const test = base.extend({
  emulator: async ({}, use) => {
    const emulator = await Emulator.start();
    await use(emulator);
    await emulator.stop();
  },
  // Nothing on the console, and no request to any other origin.
  page: async ({ page, emulator }, use) => {
    const wrong = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) wrong.push(message.text());
    });
    page.on("pageerror", (error) => wrong.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${emulator.url}/`) && !/^(data|blob|file):/.test(request.url())) wrong.push(request.url());
    });
    page.wrong = wrong;
    await use(page);
    expect(wrong).toEqual([]);
  },
});

export { expect };
