// Sends one request again and again with Node's fetch, and prints what it comes to: a JSON object a line, with the
// answer's `status`, `etag`, `fault` and `length` as far as they came, and the `error` that came instead or behind.
//
//   node ask.mjs TIMES SECONDS METHOD URL FILE [NAME:VALUE]...
//
// After SECONDS it is given up. FILE is the body, `-` for none. What answers a POST is read as JSON.

import { readFile } from 'node:fs/promises';

const [times, seconds, method, url, file, ...lines] = process.argv.slice(2);
const body = file === '-' ? undefined : await readFile(file);
const headers = lines.map((line) => line.split(/:(.*)/s).slice(0, 2));

async function ask() {
  const told = {};
  try {
    const signal = AbortSignal.timeout(seconds * 1000);
    const response = await fetch(url, { method, headers, body, signal });
    told.status = response.status;
    told.etag = response.headers.get('etag');
    told.fault = response.headers.get('x-assay-fault');
    told.length = 0;
    const pieces = [];
    for await (const piece of response.body ?? []) {
      told.length += piece.length;
      pieces.push(piece);
    }
    if (method === 'POST') JSON.parse(Buffer.concat(pieces));
  } catch (error) {
    // What happened to the connection stands in the cause. undici has one code for several things.
    const { code, message } = error.cause ?? {};
    const isOther = code === 'UND_ERR_SOCKET' && message !== 'other side closed';
    told.error = isOther ? `${code} ${message}` : (code ?? error.name);
  }
  return told;
}

for (let time = 0; time < Number(times); time += 1) console.log(JSON.stringify(await ask()));
