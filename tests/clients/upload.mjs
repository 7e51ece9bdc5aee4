// Uploads a file through Alloy's file API with nothing but Node (18 or newer).
//
//   node upload.mjs FILE            uploads FILE; prints `new` or `existing`, then its s3Key
//   node upload.mjs --put URL FILE  uploads FILE to a presigned URL that was asked for elsewhere
//   node upload.mjs --list          prints the s3Key and the size of every file
//   node upload.mjs --delete S3KEY  deletes a file
//
// ALLOY_BASE_URL and ALLOY_API_KEY must be set; ALLOY_USER_ID, ALLOY_FILENAME and ALLOY_MIME_TYPE may be.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

const { ALLOY_BASE_URL, ALLOY_API_KEY, ALLOY_USER_ID, ALLOY_FILENAME, ALLOY_MIME_TYPE } = process.env;
const mimeType = ALLOY_MIME_TYPE || 'application/octet-stream';

async function alloy(method, path, body) {
  const headers = { Authorization: `Bearer ${ALLOY_API_KEY}`, 'x-api-version': '2025-09' };
  if (ALLOY_USER_ID) headers['x-alloy-userid'] = ALLOY_USER_ID;
  if (body) headers['Content-Type'] = 'application/json';
  const response = await fetch(`${ALLOY_BASE_URL}${path}`, {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  return (await accepted(response)).json();
}

async function put(url, buffer, md5) {
  const headers = { 'Content-Type': mimeType, 'Content-MD5': md5 };
  await accepted(await fetch(url, { method: 'PUT', headers, body: buffer }));
}

// The body of a refusal says why: JSON from Alloy, XML from S3.
async function accepted(response) {
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return response;
}

async function upload(file) {
  const buffer = await readFile(file);
  const hash = createHash('md5').update(buffer).digest('hex');
  const answer = await alloy('POST', '/connectors/files/upload/request', {
    filename: ALLOY_FILENAME || basename(file),
    mimeType,
    md5: hash,
  });
  const { presignedUrl, md5, s3Key, type } = answer.presignedUrl;
  // `existing`: these bytes are there already, under this key.
  if (type === 'new') await put(presignedUrl, buffer, md5);
  console.log(`${type}\n${s3Key}`);
}

async function list() {
  const { files } = await alloy('GET', '/connectors/files/list');
  for (const { s3Key, size } of files) console.log(`${s3Key} ${size}`);
}

const [first, second, third] = process.argv.slice(2);
try {
  if (first === '--list') {
    await list();
  } else if (first === '--delete') {
    await alloy('DELETE', `/connectors/files/${encodeURIComponent(second)}`);
  } else if (first === '--put') {
    const buffer = await readFile(third);
    await put(second, buffer, createHash('md5').update(buffer).digest('base64'));
  } else {
    await upload(first);
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
