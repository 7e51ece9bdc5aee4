// Uploads with the library that it is given, to the URL of production. `MD5` replaces the right Content-MD5.
import https from "node:https";

const PRESIGN = "https://production.runalloy.com/connectors/files/upload/request";
const MD5 = "XUFAKrxLKna5cZ2REBfFkg=="; // of "hello"

async function withFetch(method, url, headers, body) {
  const answer = await fetch(url, { method, headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

function withHttps(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, "Content-Length": Buffer.byteLength(body) } };
    const request = https.request(url, options, (answer) => {
      let text = "";
      answer.on("data", (data) => { text += data; });
      answer.on("end", () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function withAxios(method, url, headers, body) {
  const { default: axios } = await import("axios");
  const answer = await axios.request({ method, url, headers, data: body, responseType: "text", transformResponse: [] });
  return answer.data;
}

async function withUndici(method, url, headers, body) {
  const { request } = await import("undici");
  const answer = await request(url, { method, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(text);
  return text;
}

/** Returns a URL for the key that AWS's own SDK signs, with the emulator's credentials. */
async function signedBySdk(key, md5) {
  const { S3Client, PutObjectCommand } = await import("@aws-sdk/client-s3");
  const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
  const client = new S3Client({
    region: "us-east-1",
    credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
  const put = new PutObjectCommand({ Bucket: "alloy-user-files", Key: key, ContentMD5: md5 });
  return getSignedUrl(client, put, { expiresIn: 3600, unhoistableHeaders: new Set(["content-md5"]) });
}

const library = process.argv[2];
const md5 = process.env.MD5 || MD5;
const send = { fetch: withFetch, https: withHttps, axios: withAxios, undici: withUndici, "aws-sdk": withFetch }[library];
const headers = {
  Authorization: `Bearer ${process.env.ALLOY_API_KEY}`,
  "x-api-version": "2025-09",
  "Content-Type": "application/json",
};
const request = JSON.stringify({ filename: "a.txt", mimeType: "text/plain", md5: MD5 });
const { presignedUrl } = JSON.parse(await send("POST", PRESIGN, headers, request));
const url = library === "aws-sdk" ? await signedBySdk(presignedUrl.s3Key, md5) : presignedUrl.presignedUrl;
if (!url.startsWith("https://alloy-user-files.s3.us-east-1.amazonaws.com/")) throw new Error(url);
await send("PUT", url, { "Content-MD5": md5, "Content-Type": "text/plain" }, "hello");
