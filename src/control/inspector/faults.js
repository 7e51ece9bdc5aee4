// @ts-check
// What goes wrong on purpose: the rules that are set, a form for more, and scenarios.
import { html, show } from "./html.js";
import { call, on, refresh, state } from "./api.js";
import { link } from "./place.js";
import { failed } from "./notice.js";

const rules = html`<div></div>`;
const scenarios = html`<ul class="scenarios"></ul>`;
const short = html`<input type="text" spellcheck="false" autocomplete="off" aria-label="Rule in the short form" placeholder="put:nth=1:error=SlowDown">`;

/** @param {string} name @param {string[]} options */
const choice = (name, options) => html`<select name="${name}" aria-label="${name}">${options.map((each) => html`<option>${each}</option>`)}</select>`;

const operation = choice("operation", ["put", "presign", "list", "delete", "get", "any"]);
const when = choice("when", ["every time", "the first time", "the first 3 times", "every 2nd time", "1 in 10 by chance"]);
const effect = choice("effect", ["error=SlowDown", "error=500", "error=429,retry_after=2s", "error=403", "expired", "delay=2s",
  "throttle=64KiB", "reset", "close", "lost-response", "hang", "truncate", "garbage", "corrupt"]);
const WHEN = ["", ":nth=1", ":times=3", ":every=2", ":probability=0.1"];

function compose() {
  short.value = `${operation.value}${WHEN[when.selectedIndex]}:${effect.value}`;
}
[operation, when, effect].forEach((each) => each.addEventListener("change", compose));

/** @param {string | object} rule */
const add = (rule) => call("POST", "faults", rule).then(refresh, failed);

/** @param {Event} event */
function submit(event) {
  event.preventDefault();
  if (!short.value) compose();
  add(short.value).then(() => (short.value = ""));
}

export const element = html`<section class="page" aria-label="Faults">
  <article><h2>Set now</h2>${rules}</article>
  <article><h2>Add a rule</h2>
    <form class="faults" onsubmit=${submit}>
      <label>When ${operation} is called</label><label>${when}</label><label>answer with ${effect}</label>
      <span class="short">${short}<button type="submit" class="main">Add</button></span>
    </form>
    <p class="dim">The same from a shell: <code>curl -d 'put:nth=1:error=SlowDown' ${location.origin}/_assay/faults</code></p></article>
  <article><h2>Scenarios</h2>${scenarios}</article></section>`;

function draw() {
  if (!element.isConnected) return;
  if (state.faults.length === 0) {
    show(rules, html`<p class="dim">No rule is set: everything works. Add one below, or switch a scenario on.</p>`);
  } else {
    show(rules, html`<table><thead><tr><th>Id</th><th>Rule</th><th class="number">Hits</th><th></th></tr></thead>
      <tbody>${state.faults.map(row)}</tbody></table>
      <p><button type="button" onclick=${() => call("DELETE", "faults").then(refresh, failed)}>Clear all</button></p>`);
  }
  if (scenarios.childElementCount === 0) {
    show(scenarios, state.scenarios.map((scenario) => html`<li><h3><code>${scenario.name}</code> ${scenario.title}</h3>
      <p>${scenario.production}</p><p class="fix"><b>A good client</b> ${scenario.client}</p>
      <p class="dim"><code>${scenario.rules.join("  ")}</code></p>
      <button type="button" aria-label="Switch ${scenario.name} on" onclick=${() => add({ scenario: scenario.name })}>Switch on</button></li>`));
  }
}

/** @param {any} rule */
function row({ id, hits, ...rule }) {
  const { on: operation, effect, ...selectors } = rule;
  const { kind, ...fields } = effect;
  const pairs = (/** @type {object} */ of) => Object.entries(of).map(([name, value]) => `${name}=${value}`);
  const text = [operation, ...pairs(selectors), [kind, ...pairs(fields)].join(" ")].join(" · ");
  return html`<tr><td><code>${id}</code></td><td><bdi>${text}</bdi></td>
    <td class="number">${hits ? html`<a href="${link({ view: "exchanges", q: `fault:${id}`, id: 0 })}">${hits}</a>` : 0}</td>
    <td class="actions"><button type="button" aria-label="Remove rule ${id}" onclick=${() => call("DELETE", `faults/${id}`).then(refresh, failed)}>Remove</button></td></tr>`;
}

on("state", draw);
on("place", draw);
