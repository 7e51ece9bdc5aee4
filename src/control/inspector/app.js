// @ts-check
// The frame: tabs, keys, and which view is in sight.
import { html, show } from "./html.js";
import { on, report, start, state } from "./api.js";
import { go, link, place, read } from "./place.js";
import * as exchanges from "./exchanges.js";
import * as exchange from "./exchange.js";
import * as findings from "./findings.js";
import * as files from "./files.js";
import * as faults from "./faults.js";
import * as clock from "./clock.js";
import * as notice from "./notice.js";

const main = html`<main></main>`;
const connection = html`<span class="connection" role="status"></span>`;

const VIEWS = {
  exchanges: { title: "Exchanges", content: [exchanges.element, exchange.element], count: () => state.exchanges.length },
  findings: { title: "Findings", content: [findings.element], count: () => state.findings.length + state.missing.length },
  files: { title: "Files", content: [files.element], count: () => state.files.length },
  faults: { title: "Faults", content: [faults.element], count: () => state.faults.length },
};
const names = /** @type {(keyof typeof VIEWS)[]} */ (Object.keys(VIEWS)).filter((name) => !report || ["exchanges", "findings"].includes(name));

const tabs = names.map((name) => html`<a href="${link({ view: name })}">${VIEWS[name].title} <span class="count"></span></a>`);

const help = html`<dialog aria-labelledby="help-title"><form method="dialog"><h2 id="help-title">Keys</h2>
  <dl class="keys"><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next, previous exchange</dd><dt><kbd>/</kbd></dt><dd>filter</dd>
  <dt><kbd>Esc</kbd></dt><dd>close what is open, clear the filter</dd><dt><kbd>p</kbd></dt><dd>pause and resume the list</dd>
  <dt><kbd>c</kbd></dt><dd>clock</dd><dt><kbd>1</kbd> … <kbd>4</kbd></dt><dd>tabs</dd><dt><kbd>?</kbd></dt><dd>this help</dd></dl>
  <h2>Filter</h2><p>Words, all of which an exchange must have, and <code>operation:put</code> <code>status:4xx</code>
  <code>user:651e</code> <code>file:report</code> <code>rule:s3-</code> <code>fault:1</code> <code>has:finding</code>
  <code>has:fault</code>; <code>-</code> before one turns it around.</p>
  <p><button type="submit">Close</button></p></form></dialog>`;

show(/** @type {Element} */ (document.getElementById("app")), html`<header>
  <a class="brand" href="#/exchanges">assay</a><nav aria-label="Views">${tabs}</nav>
  <span class="spring"></span>${report ? null : connection}${clock.element}
  ${report ? null : html`<details class="menu"><summary>Export</summary><ul>
    <li><a href="journal.har" download="assay.har">Journal as HAR</a></li><li><a href="report.html" download="assay.html">This page as one file</a></li>
    <li><a href="report.json" download="assay.json">Report as JSON</a></li><li><a href="report.md" download="assay.md">Report as Markdown</a></li>
    <li><a href="report.xml" download="assay.xml">Report as JUnit</a></li></ul></details>`}
  <button type="button" aria-label="Keys and filter (?)" onclick=${() => help.showModal()}>?</button></header>`, main, notice.element, help);

let view = "";
function draw() {
  const name = /** @type {keyof typeof VIEWS} */ (names.includes(/** @type {any} */ (place.view)) ? place.view : "exchanges");
  if (view !== name) {
    view = name;
    show(main, VIEWS[name].content);
    document.title = `${VIEWS[name].title} · assay`;
  }
  main.classList.toggle("split", name === "exchanges" && place.id > 0);
  counts();
}

function counts() {
  names.forEach((name, index) => {
    const tab = tabs[index];
    const count = VIEWS[name].count();
    tab.setAttribute("href", link({ view: name, id: name === "exchanges" ? place.id : 0 }));
    if (name === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
    tab.lastChild.textContent = count ? count.toLocaleString("en") : "";
    tab.classList.toggle("bad", name === "findings" && (state.missing.length > 0 || state.findings.some((finding) => finding.kind === "error")));
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === "Escape") {
    if (clock.close()) return;
    if (place.id) go({ id: 0 });
    else if (place.q) go({ q: "" });
    target.blur();
    return;
  }
  if (target.matches("input:not([type=checkbox]), select, textarea")) {
    if (event.key === "Enter" && target.id === "filter") exchanges.focus();
    return;
  }
  const tab = names[Number(event.key) - 1];
  if (tab) go({ view: tab });
  else if (event.key === "?") help.showModal();
  else if (event.key === "c" && !report) clock.open();
  else if (view !== "exchanges" || !exchanges.key(event)) return;
  event.preventDefault();
});

on("place", draw);
on("exchanges", counts);
on("findings", counts);
on("state", counts);
on("cleared", counts);
on("connection", () => {
  connection.textContent = state.connection;
  connection.className = `connection ${state.connection}`;
});

read();
start();
