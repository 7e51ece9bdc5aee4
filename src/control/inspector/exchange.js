// @ts-check
// One exchange: what came and went, what is wrong with it, and where its URL comes from.
import { html, show } from "./html.js";
import { now, on, state } from "./api.js";
import { counted, decoded, fileOf, json, keyOf, laidOut, quoted, size, span, time, took } from "./text.js";
import { go, link, place } from "./place.js";

export const element = html`<section class="detail" aria-label="Exchange" tabindex="-1" hidden></section>`;

/** What is shown, so that nothing is drawn twice. */
let drawn = "";

async function draw() {
  element.hidden = !place.id || place.view !== "exchanges";
  if (element.hidden) {
    drawn = "";
    return;
  }
  const known = state.byId.get(place.id);
  const findings = state.found.get(place.id) ?? [];
  const stamp = JSON.stringify([place.id, known?.at, findings.map((finding) => [finding.id, finding.kind]), state.labels[known?.user_id]]);
  if (stamp === drawn) return;
  const isOther = !drawn.startsWith(`[${place.id},`);
  drawn = stamp;
  if (!known) {
    show(element, html`<div class="title"><h2>Exchange ${place.id}</h2>${close()}</div>
      <p class="empty">It is not in the journal: it came before a reset, or too many came after it.</p>`);
    return;
  }
  show(element, title(known), facts(known), problems(known, findings), comparison(known), url(known), related(known),
    message("Request", known.request, known), message("Response", known.response, known));
  if (isOther) element.scrollTop = 0;
}

const close = () => html`<button type="button" class="close" aria-label="Close (Esc)" onclick=${() => go({ id: 0 })}>×</button>`;

/** @param {any} exchange */
function title(exchange) {
  return html`<div class="title"><h2><b class="operation ${exchange.operation}">${exchange.operation}</b>
    <span class="status s${String(exchange.status ?? 0)[0]}">${exchange.status ?? "no answer"}</span>
    <bdi>${fileOf(exchange).slice(0, 300)}</bdi></h2>
    <span class="actions">
      <button type="button" onclick=${(/** @type {any} */ event) => copy(event, command(exchange))}>Copy as curl</button>
      <button type="button" onclick=${(/** @type {any} */ event) => copy(event, JSON.stringify(exchange, null, 2))}>Copy JSON</button>
      ${close()}</span></div>`;
}

/** @param {{currentTarget: HTMLElement}} event @param {string} text */
async function copy(event, text) {
  const button = event.currentTarget;
  const before = button.textContent;
  await navigator.clipboard.writeText(text).then(
    () => (button.textContent = "Copied"),
    // Without leave, or on plain http from elsewhere: shown to be copied by hand.
    () => {
      const area = html`<textarea class="copy" rows="6" aria-label="Copy this" readonly="">${text}</textarea>`;
      element.querySelector(".title")?.after(area);
      area.select();
    },
  );
  setTimeout(() => (button.textContent = before), 1_200);
}

/** @param {any} exchange */
function facts(exchange) {
  const label = state.labels[exchange.user_id];
  /** @type {[string, any][]} */
  const pairs = [
    ["Exchange", exchange.id],
    ["At", `${exchange.at.slice(0, 10)} ${time(exchange.at)}`],
    ["Took", took(exchange.duration_us)],
    ["User", exchange.user_id ? html`<a href="${link({ q: `user:${exchange.user_id}` })}"><code>${exchange.user_id}</code></a>` : "unknown"],
    ["Test", label ? html`<bdi>${label}</bdi>` : null],
    ["Fault", exchange.fault ? html`<a href="${link({ view: "faults" })}">${exchange.fault}</a>` : null],
  ];
  const known = pairs.filter(([, value]) => value !== null);
  return html`<dl class="facts">${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** @param {any} exchange @param {any[]} findings */
function problems(exchange, findings) {
  if (findings.length === 0) return exchange.findings.length ? html`<p class="dim">${counted(exchange.findings.length, "finding")}</p>` : null;
  return html`<div class="problems">${findings.map(finding)}</div>`;
}

/** @param {any} found */
export function finding(found) {
  return html`<article class="finding ${found.kind}">
    <h3><span class="badge ${found.kind}">${found.kind}</span> <code>${found.rule}</code>
      ${found.pointer ? html`<span class="dim">at <code>${found.pointer}</code></span>` : null}</h3>
    <p><bdi>${found.message}</bdi></p>
    ${found.hint ? html`<p class="fix"><b>Fix</b> ${found.hint}</p>` : null}
    <p class="dim">${found.spec ? html`<code>${found.spec}</code>` : null} ${found.source}</p></article>`;
}

/** What was signed or announced beside what came, for refusals that hang on it. @param {any} exchange */
function comparison(exchange) {
  const body = exchange.response.body ?? "";
  const part = (/** @type {string} */ name) => body.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1];
  /** @type {[string, string, string][]} */
  const lines = [];
  if (part("Code") === "BadDigest") {
    // S3 writes one as hex and the other as base64.
    const [expected, actual] = ["ExpectedDigest", "CalculatedDigest"].map((name) => base64(part(name) ?? ""));
    lines.push(["MD5 of the body", String(expected), String(actual)]);
  } else if (part("Code") === "SignatureDoesNotMatch") {
    const issuer = issuers(exchange).at(-1) ?? sameKey(exchange).at(-1);
    const issued = json(issuer?.response.body ?? "")?.presignedUrl;
    if (!issued) return null;
    const signed = parts(pathOf(issued.presignedUrl));
    const came = parts(exchange.path);
    lines.push(["method", "PUT", exchange.method]);
    lines.push(["host", new URL(issued.presignedUrl).host, exchange.request.headers.host ?? ""]);
    lines.push(["path", signed.path, came.path]);
    lines.push(["content-md5", issued.md5, exchange.request.headers["content-md5"] ?? ""]);
    if ((signed.query.get("X-Amz-SignedHeaders") ?? "").includes("content-type")) {
      lines.push(["content-type", json(issuer.request.body ?? "")?.mimeType ?? "", exchange.request.headers["content-type"] ?? ""]);
    }
    for (const name of new Set([...signed.query.keys(), ...came.query.keys()])) {
      if (name !== "X-Amz-Signature") lines.push([name, signed.query.get(name) ?? "", came.query.get(name) ?? ""]);
    }
  }
  const differing = lines.filter(([, expected, actual]) => expected !== actual);
  if (differing.length === 0) return null;
  const same = lines.filter((line) => !differing.includes(line)).map(([name]) => name);
  return html`<table class="comparison"><caption>Expected and actual</caption>
    <thead><tr><th>Part</th><th>Expected</th><th>Actual</th></tr></thead>
    <tbody>${differing.map(([name, expected, actual]) => html`<tr class="differs">
      <th scope="row">${name}</th><td><code>${expected || "—"}</code></td><td><code>${actual || "—"}</code></td></tr>`)}
      ${same.length ? html`<tr class="same"><th scope="row">same</th><td colspan="2">${same.join(", ")}</td></tr>` : null}</tbody></table>`;
}

/** @param {string} digest */
const base64 = (digest) => (/^[0-9a-f]{32}$/.test(digest)
  ? btoa(digest.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)))) : digest);

/** @param {string} target */
function parts(target) {
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  return { path: decoded(path), query: new URLSearchParams(query) };
}

/** @param {string} url */
const pathOf = (url) => url.replace(/^\w+:\/\/[^/]*/, "");

/** @param {any} exchange */
function url(exchange) {
  const { path, query } = parts(exchange.path);
  if (!query.has("X-Amz-Date")) return null;
  const [id, day, region, service] = (query.get("X-Amz-Credential") ?? "").split("/");
  const date = (query.get("X-Amz-Date") ?? "").replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  const until = Date.parse(date) + Number(query.get("X-Amz-Expires")) * 1_000;
  const left = html`<span></span>`;
  const tick = () => {
    if (!left.isConnected && left.textContent) return clearInterval(timer);
    const rest = until - now();
    left.textContent = rest > 0 ? ` (in ${span(rest)})` : ` (${span(rest)} ago)`;
    left.className = rest > 0 ? "" : "bad";
  };
  const timer = setInterval(tick, 1_000);
  tick();
  const known = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"];
  const rest = [...query].filter(([name]) => !known.includes(name));
  /** @type {[string, any][]} */
  const lines = [
    ["Key", html`<bdi>${path.replace(/^\/(alloy-user-files\/)?/, "")}</bdi>`],
    ["Signed headers", query.get("X-Amz-SignedHeaders") ?? ""],
    ["Signed at", date.replace("T", " ").replace("Z", "")],
    ["Expires", Number.isNaN(until) ? query.get("X-Amz-Expires") : [new Date(until).toISOString().slice(0, 19).replace("T", " "), left]],
    ["Signed by", [id, region, service, day].filter(Boolean).join(" · ")],
    ["Signature", query.get("X-Amz-Signature") ?? "missing"],
    ...rest.map(([name, value]) => /** @type {[string, any]} */ ([name, html`<bdi>${value}</bdi>`])),
  ];
  return html`<details open=""><summary>URL</summary><dl class="parts">${lines.map(([name, value]) => [
    html`<dt>${name}</dt>`, html`<dd>${value}</dd>`])}</dl></details>`;
}

/** The presigns that answered with the URL of this exchange. @param {any} exchange */
function issuers(exchange) {
  return state.exchanges.filter((other) => other.operation === "presign"
    && pathOf(json(other.response.body ?? "")?.presignedUrl?.presignedUrl ?? "") === exchange.path);
}

/** @param {any} exchange */
const sameKey = (exchange) =>
  state.exchanges.filter((other) => other.operation === "presign" && other.id < exchange.id && keyOf(other) === keyOf(exchange));

/** @param {any} exchange */
function related(exchange) {
  const isPresign = exchange.operation === "presign";
  const issued = isPresign ? pathOf(json(exchange.response.body ?? "")?.presignedUrl?.presignedUrl ?? "") : "";
  const others = isPresign
    ? issued ? state.exchanges.filter((other) => other.path === issued) : []
    : exchange.path.includes("X-Amz-Date") ? issuers(exchange) : [];
  if (others.length === 0) return null;
  const links = others.slice(0, 20).map((other) => html`<a href="${link({ id: other.id })}">${other.operation} ${other.id}
    <span class="status s${String(other.status ?? 0)[0]}">${other.status ?? "—"}</span></a>`);
  return html`<p class="related"><b>${isPresign ? "URL used by" : "URL issued by"}</b> ${links}</p>`;
}

/** @param {string} name @param {any} half @param {any} exchange */
function message(name, half, exchange) {
  const start = name === "Request" ? `${exchange.method} ${exchange.path}` : exchange.status ? `HTTP/1.1 ${exchange.status}` : "No answer went out";
  const headers = Object.entries(half.headers).flatMap(([header, value]) => [value].flat().map((each) => [header, each]));
  const type = half.headers["content-type"] ?? "";
  const content = half.body !== null ? html`<pre class="body" tabindex="0">${laidOut(half.body)}</pre>`
    : half.bytes ? html`<p class="dim">${size(half.bytes)} of file content, which is not recorded</p>` : null;
  return html`<details open=""><summary>${name} <span class="dim">${size(half.bytes)} ${type}</span></summary>
    <pre class="head" tabindex="0"><b>${start}</b>
${"\n"}${headers.map(([header, value]) => [html`<span class="name">${header}:</span>`, ` ${value}\n`])}</pre>${content}</details>`;
}

/** @param {any} exchange */
function request(exchange) {
  const skipped = ["host", "content-length", "connection", "accept-encoding", "transfer-encoding", "expect"];
  const isMasked = (/** @type {string} */ value) => value.includes("***");
  const headers = Object.entries(exchange.request.headers).flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)]));
  const options = headers.filter(([name]) => !skipped.includes(String(name))).map(([name, value = ""]) =>
    name === "authorization" ? '-H "Authorization: Bearer $ALLOY_API_KEY"'
      : `${isMasked(value) ? "# masked: " : ""}-H ${quoted(`${name}: ${value}`)}`);
  return { masked: options.filter((option) => option.startsWith("#")), options: options.filter((option) => !option.startsWith("#")) };
}

/**
 * What leads curl to the emulator: for a host that is another's, its forward proxy; with TLS, its authority.
 * @param {string} origin
 */
function reach(origin) {
  const { hostname, protocol } = new URL(origin);
  const isOwn = hostname === location.hostname || /^(.*\.)?localhost$|^127\.|^\[::1\]$/.test(hostname);
  return [
    ...(isOwn ? [] : [`--proxy ${location.origin}`]),
    ...(protocol === "https:" ? ["--cacert ca.pem"] : []),
  ];
}

/**
 * A command that sends the exchange again: for S3 with a fresh URL, since signatures are masked.
 * @param {any} exchange @returns {string}
 */
function command(exchange) {
  const text = curl(exchange);
  return text.includes("--cacert ca.pem") ? `curl -sS ${location.origin}/_assay/ca.pem -o ca.pem\n${text}` : text;
}

/** @param {any} exchange @returns {string} */
export function curl(exchange) {
  const base = exchange.origin ?? location.origin;
  const options = [...reach(base), ...request(exchange).options];
  const lines = (/** @type {string} */ url, /** @type {string[]} */ more) =>
    [`curl -sS ${exchange.method === "HEAD" ? "-I" : exchange.method === "GET" ? "-i" : `-i -X ${quoted(exchange.method)}`} ${url}`, ...options, ...more].join(" \\\n  ");
  const body = exchange.request.body;
  const data = body !== null ? [`--data-binary ${quoted(body)}`] : [];
  if (!exchange.path.includes("X-Amz-Signature")) return lines(quoted(base + exchange.path), data);
  const issuer = issuers(exchange).at(-1) ?? sameKey(exchange).at(-1);
  const file = exchange.operation === "put" ? [`--data-binary @${quoted(fileOf(issuer ?? exchange) || "FILE")}`] : [];
  if (!issuer) return `# the signature is masked: put a fresh URL in its place\n${lines(quoted(base + exchange.path), file)}`;
  const fresh = curl(issuer).replace("curl -sS -i", "curl -sS");
  const take = `sed -n 's/.*"presignedUrl":"\\([^"]*\\)".*/\\1/p'`;
  return `url=$(${fresh} | ${take})\n${lines('"$url"', file)}`;
}

on("place", draw);
on("findings", draw);
on("exchanges", () => (place.id && !drawn.includes('"') ? draw() : undefined));
on("state", draw);
on("cleared", draw);
