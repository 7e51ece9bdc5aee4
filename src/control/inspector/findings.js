// @ts-check
// Findings by rule, the severest first, as the report of `assay run` has them.
import { html, show } from "./html.js";
import { on, state } from "./api.js";
import { counted } from "./text.js";
import { link } from "./place.js";

export const element = html`<section class="page" aria-label="Findings"></section>`;

const KINDS = ["error", "warning", "note", "expected"];

/** Rules that somebody has opened. @type {Set<string>} */
const opened = new Set();

function draw() {
  if (!element.isConnected) return;
  /** @type {Map<string, any[]>} */
  const rules = new Map();
  for (const finding of state.findings) {
    const key = `${finding.kind} ${finding.rule}`;
    rules.set(key, [...(rules.get(key) ?? []), finding]);
  }
  const sorted = [...rules.values()].sort(([one], [other]) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind));
  if (sorted.length + state.missing.length === 0) {
    show(element, html`<div class="empty"><h2>No findings</h2><p>${state.exchanges.length
      ? `Nothing is wrong in ${counted(state.exchanges.length, "exchange")}.`
      : "Findings say what a client did wrong. They appear here once it makes requests."}</p></div>`);
    return;
  }
  show(element, state.missing.map(missing), sorted.map(rule));
}

/** @param {any} expectation */
function missing({ rule, user, times, came }) {
  return html`<article class="finding error"><h2><span class="badge error">missing</span> <code>${rule}</code></h2>
    <p>A test expects it${times ? ` ${counted(times, "time")}` : ""}${user ? html` of <code>${user}</code> <bdi>${state.labels[user] ?? ""}</bdi>` : null}; it came ${counted(came, "time")}.</p>
    <p class="fix"><b>Fix</b> Send the request that raises it, or remove the expectation.</p></article>`;
}

/** @param {any[]} findings of one rule */
function rule(findings) {
  const [first] = findings;
  /** @type {Map<string, any[]>} */
  const messages = new Map();
  for (const finding of findings) messages.set(finding.message, [...(messages.get(finding.message) ?? []), finding]);
  const all = [...messages].slice(0, opened.has(first.kind + first.rule) ? 200 : 3);
  const more = messages.size - all.length;
  return html`<article class="finding ${first.kind}">
    <h2><span class="badge ${first.kind}">${first.kind}</span> <code>${first.rule}</code>
      <span class="dim">${counted(findings.length, "time")}</span>
      <a class="filter" href="${link({ view: "exchanges", q: `rule:${first.rule}`, id: 0 })}">show exchanges</a></h2>
    <ul>${all.map(([message, same]) => html`<li><bdi>${message}</bdi>
      <span class="links">${same.slice(0, 8).map(exchange)}${same.length > 8 ? ` and ${same.length - 8} more` : ""}</span></li>`)}</ul>
    ${more > 0 ? html`<p><button type="button" onclick=${() => (opened.add(first.kind + first.rule), draw())}>${counted(more, "more message")}</button></p>` : null}
    <p class="fix"><b>Fix</b> ${first.hint}</p><p class="dim">${first.source}</p></article>`;
}

/** @param {any} finding */
function exchange(finding) {
  const known = state.byId.get(finding.exchange);
  const label = known && state.labels[known.user_id];
  return html`<a href="${link({ view: "exchanges", q: "", id: finding.exchange })}">${finding.operation} ${finding.exchange}
    ${label ? html`<bdi class="dim">${label}</bdi>` : null}</a>`;
}

on("findings", draw);
on("place", draw);
on("state", draw);
on("cleared", draw);
