// @ts-check
// How things are written: times, sizes, names, JSON and XML.
import { html } from "./html.js";

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB"];
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < 2) (value /= 1024), unit++;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** @param {number} micros */
export function took(micros) {
  if (micros < 1_000) return `${micros} µs`;
  if (micros < 1_000_000) return `${(micros / 1_000).toFixed(micros < 10_000 ? 1 : 0)} ms`;
  return `${(micros / 1_000_000).toFixed(1)} s`;
}

/** A span of time in its two largest units. @param {number} millis */
export function span(millis) {
  const seconds = Math.round(Math.abs(millis) / 1_000);
  const parts = [[86_400, "d"], [3_600, "h"], [60, "min"], [1, "s"]].map(([length, unit], index, all) => {
    const within = index ? seconds % Number(all[index - 1][0]) : seconds;
    return [Math.floor(within / Number(length)), unit];
  });
  const first = parts.findIndex(([count]) => Number(count) > 0);
  if (first < 0) return "0 s";
  return parts.slice(first, first + 2).filter(([count]) => count).map((part) => part.join(" ")).join(" ");
}

/** `HH:MM:SS.mmm` of the emulator's clock. @param {string} at */
export const time = (at) => at.slice(11, 23);

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** @param {string} text */
export function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param {string} text @returns {any} what it is as JSON, undefined where it is none */
export const json = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** @type {WeakMap<object, string>} */
const files = new WeakMap();

/** The name of the file that an exchange is about. @param {any} exchange @returns {string} */
export function fileOf(exchange) {
  const known = files.get(exchange) ?? named(exchange);
  files.set(exchange, known);
  return known;
}

/** @param {any} exchange */
function named(exchange) {
  if (exchange.operation === "presign") {
    const body = json(exchange.request.body ?? "");
    if (typeof body?.filename === "string") return body.filename;
  }
  return nameOf(keyOf(exchange));
}

/** @param {string} key */
export const nameOf = (key) => key.replace(/^[0-9a-f]{24}_/, "");

/** The key that an exchange is about. @param {any} exchange */
export function keyOf(exchange) {
  const path = exchange.path.split("?", 1)[0];
  switch (exchange.operation) {
    case "put":
    case "get":
    case "head":
    case "preflight":
      return decoded(path.replace(/^\/(alloy-user-files\/)?/, ""));
    case "delete":
      return decoded(path.slice(path.lastIndexOf("/") + 1));
    case "presign":
      return json(exchange.response.body ?? "")?.presignedUrl?.s3Key ?? "";
    default:
      return "";
  }
}

/** A body laid out: JSON indented and coloured, XML indented, anything else as it is. @param {string} body */
export function laidOut(body) {
  const value = json(body);
  if (value !== undefined && value !== null && typeof value === "object") return coloured(JSON.stringify(value, null, 2));
  if (/^\s*<(\?xml|[A-Za-z])/.test(body) && body.length < 200_000) return indented(body);
  return body;
}

/** @param {string} text JSON */
function coloured(text) {
  const tokens = text.split(/("(?:[^"\\]|\\.)*"(?:\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*)/);
  return tokens.map((token, index) => {
    if (index % 2 === 0) return token;
    const kind = token.endsWith(":") ? "name" : token.startsWith('"') ? "string" : "word";
    return html`<span class="${kind}">${token}</span>`;
  });
}

/** @param {string} text XML */
function indented(text) {
  let depth = 0;
  const pieces = text.trim().split(/(?<=>)\s*(?=<)/);
  return pieces.map((piece) => {
    if (piece.startsWith("</")) depth = Math.max(0, depth - 1);
    const line = `${"  ".repeat(depth)}${piece}\n`;
    if (/^<[A-Za-z][^>]*[^/]>$/.test(piece) || /^<[A-Za-z]>$/.test(piece)) depth++;
    const parts = line.split(/(<\/?[\w:.-]+)/);
    return parts.map((part, index) => (index % 2 ? html`<span class="name">${part}</span>` : part));
  });
}

/** @param {string} text for a shell */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
