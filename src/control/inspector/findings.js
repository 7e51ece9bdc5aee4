// @ts-check
// Findings by rule, the severest first, as the report of `assay run` has them.
import { html, show } from "./html.js";
import { on, state } from "./api.js";
import { counted } from "./text.js";
import { link } from "./place.js";

export const element = html`<section class="page" aria-label="Findings"></section>`;

const SEVERITIES = ["error", "warning", "note"];

/** Rules that somebody has opened. @type {Set<string>} */
const opened = new Set();

function draw() {
  if (!element.isConnected) return;
  /** @type {Map<string, any[]>} */
  const rules = new Map();
  for (const finding of state.findings) rules.set(finding.rule, [...(rules.get(finding.rule) ?? []), finding]);
  const sorted = [...rules.values()].sort(([one], [other]) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity));
  if (sorted.length === 0) {
    show(element, html`<div class="empty"><h2>No findings</h2><p>${state.exchanges.length
      ? `Nothing is wrong in ${counted(state.exchanges.length, "exchange")}.`
      : "Findings say what a client did wrong. They appear here once it makes requests."}</p></div>`);
    return;
  }
  show(element, sorted.map(rule));
}

/** @param {any[]} findings of one rule */
function rule(findings) {
  const [first] = findings;
  /** @type {Map<string, any[]>} */
  const messages = new Map();
  for (const finding of findings) messages.set(finding.message, [...(messages.get(finding.message) ?? []), finding]);
  const all = [...messages].slice(0, opened.has(first.rule) ? 200 : 3);
  const more = messages.size - all.length;
  return html`<article class="finding ${first.severity}">
    <h2><span class="badge ${first.severity}">${first.severity}</span> <code>${first.rule}</code>
      <span class="dim">${counted(findings.length, "time")}</span>
      <a class="filter" href="${link({ view: "exchanges", q: `rule:${first.rule}`, id: 0 })}">show exchanges</a></h2>
    <ul>${all.map(([message, same]) => html`<li><bdi>${message}</bdi>
      <span class="links">${same.slice(0, 8).map(exchange)}${same.length > 8 ? ` and ${same.length - 8} more` : ""}</span></li>`)}</ul>
    ${more > 0 ? html`<p><button type="button" onclick=${() => (opened.add(first.rule), draw())}>${counted(more, "more message")}</button></p>` : null}
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
