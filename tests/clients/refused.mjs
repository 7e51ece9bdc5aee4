// Uploads a file again and again to a URL that refuses it, with Node's fetch, and prints what it reads: a
// JSON object a line, the answer's `status` and `body`, or the `error` that came instead.
//
//   node refused.mjs FRAMING TIMES URL MD5 FILE
//
// FRAMING is `length` (the length is announced) or `chunked` (a stream, whose length nobody knows).

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';

const [framing, times, url, md5, file] = process.argv.slice(2);
const buffer = framing === 'length' && (await readFile(file));

async function put() {
  const body = buffer || Readable.toWeb(createReadStream(file));
  const headers = { 'Content-MD5': md5 };
  const response = await fetch(url, { method: 'PUT', headers, body, duplex: 'half' });
  return { status: response.status, body: await response.text() };
}

for (let time = 0; time < Number(times); time += 1) {
  const told = await put().catch((error) => ({ error: `${error} ${error.cause}` }));
  console.log(JSON.stringify(told));
}
