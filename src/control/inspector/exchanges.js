// @ts-check
// The list of exchanges: newest first, of which only the rows in sight are elements.
import { html, show } from "./html.js";
import { on, report, state, tell } from "./api.js";
import { fileOf, size, time, took } from "./text.js";
import { matcher } from "./filter.js";
import { go, place } from "./place.js";

const ROW = 26;
/** How long a filter may work at a time, in milliseconds. */
const SLICE = 12;

/** @type {any[]} what matches, oldest first */
let shown = [];
/** Those that came while the list is paused. @type {any[]} */
let held = [];
let paused = false;
let matches = matcher("");
/** Which run of the filter is the last. */
let run = 0;

const filter = html`<input id="filter" type="search" aria-label="Filter exchanges" autocomplete="off" spellcheck="false"
  placeholder="Filter: text, operation:put, status:4xx, user:…, has:finding, has:fault" oninput=${() => go({ q: filter.value })}>`;
const pause = html`<button type="button" aria-pressed="false" title="Pause the list (p)" onclick=${togglePause}>Pause</button>`;
const count = html`<span class="count" role="status"></span>`;
const rows = html`<div class="rows" role="rowgroup"></div>`;
const grid = html`<div class="grid" role="grid" tabindex="0" aria-label="Exchanges" onscroll=${schedule}>${rows}</div>`;
const empty = html`<div class="empty" hidden></div>`;
const head = html`<div class="row head" aria-hidden="true"><span>Time</span><span>Operation</span><span>Method</span>
  <span>File or path</span><span>Status</span><span>Took</span><span>Size</span><span>User or test</span><span>Findings, fault</span></div>`;

export const element = html`<section class="list" aria-label="Exchanges">
  <div class="bar">${filter}${report ? null : pause}${count}</div>${head}${grid}${empty}</section>`;

/** The elements of rows, used again and again. @type {HTMLElement[]} */
const pool = [];

function row() {
  const made = html`<div class="row" role="row" onclick=${() => go({ id: Number(made.dataset.id) })}>
    <span class="time" role="gridcell"></span><span role="gridcell"><b class="operation"></b></span>
    <span role="gridcell"></span><span class="file" role="gridcell"><bdi></bdi></span><span class="status" role="gridcell"></span>
    <span class="number" role="gridcell"></span><span class="number" role="gridcell"></span>
    <span class="user" role="gridcell"></span><span class="marks" role="gridcell"></span></div>`;
  return made;
}

/** @param {HTMLElement} made @param {any} exchange @param {number} index */
function fill(made, exchange, index) {
  const findings = state.found.get(exchange.id) ?? [];
  const selected = exchange.id === place.id;
  const [when, operation, method, file, status, duration, bytes, user, marks] = made.children;
  made.id = `x${exchange.id}`;
  made.dataset.id = exchange.id;
  made.style.transform = `translateY(${index * ROW}px)`;
  made.setAttribute("aria-rowindex", String(index + 1));
  made.setAttribute("aria-selected", String(selected));
  when.textContent = time(exchange.at);
  /** @type {any} */ (operation.firstChild).textContent = exchange.operation;
  /** @type {any} */ (operation.firstChild).className = `operation ${exchange.operation}`;
  method.textContent = exchange.method;
  /** @type {any} */ (file.firstChild).textContent = (fileOf(exchange) || exchange.path.split("?", 1)[0]).slice(0, 200);
  status.textContent = exchange.status ?? "—";
  status.className = `status s${String(exchange.status ?? 0)[0]}`;
  duration.textContent = took(exchange.duration_us);
  bytes.textContent = size(Math.max(exchange.request.bytes, exchange.response.bytes));
  const label = state.labels[exchange.user_id];
  user.textContent = label?.split("::").at(-1) ?? (exchange.user_id ?? "").slice(-6);
  user.setAttribute("title", [label, exchange.user_id].filter(Boolean).join(" · "));
  if (findings.length + exchange.findings.length === 0 && !exchange.fault && !marks.firstChild) return;
  show(
    marks,
    exchange.fault ? html`<span class="badge fault">fault ${exchange.fault}</span>` : null,
    badges(exchange, findings),
  );
}

/** @param {any} exchange @param {any[]} findings */
function badges(exchange, findings) {
  const rules = new Map(findings.map((finding) => [finding.rule, finding.kind]));
  if (rules.size === 0 && exchange.findings.length > 0) return html`<span class="badge error">${exchange.findings.length}</span>`;
  return [...rules].slice(0, 2).map(([rule, kind]) => html`<span class="badge ${kind}" title="${kind}">${rule}</span>`)
    .concat(rules.size > 2 ? html`<span class="badge note">+${rules.size - 2}</span>` : []);
}

let scheduled = false;
function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    draw();
  });
}

function draw() {
  if (!element.isConnected) return;
  const height = grid.clientHeight || 600;
  const first = Math.max(0, Math.floor(grid.scrollTop / ROW) - 8);
  const last = Math.min(shown.length, Math.ceil((grid.scrollTop + height) / ROW) + 8);
  rows.style.height = `${shown.length * ROW}px`;
  grid.setAttribute("aria-rowcount", String(shown.length));
  while (pool.length < last - first) pool.push(rows.appendChild(row()));
  pool.forEach((made, at) => {
    const index = first + at;
    made.hidden = index >= last;
    if (!made.hidden) fill(made, shown[shown.length - 1 - index], index);
    else made.removeAttribute("id");
  });
  if (place.id) grid.setAttribute("aria-activedescendant", `x${place.id}`);
  else grid.removeAttribute("aria-activedescendant");
  const all = state.exchanges.length - held.length;
  count.textContent = `${shown.length === all ? "" : `${shown.length.toLocaleString("en")} of `}${all.toLocaleString("en")}${
    held.length ? ` · ${held.length.toLocaleString("en")} new` : ""}`;
  grid.hidden = head.hidden = shown.length === 0;
  empty.hidden = shown.length > 0;
  if (shown.length === 0) showEmpty();
}

function showEmpty() {
  if (state.exchanges.length > 0) {
    show(empty, html`<p>No exchange matches <code>${place.q}</code>.</p>
      <p><button type="button" onclick=${() => go({ q: "" })}>Clear the filter</button></p>`);
  } else if (report) {
    show(empty, html`<p>No request came.</p>`);
  } else if (empty.dataset.for !== "start") {
    const address = location.origin;
    show(empty, html`<h2>No exchange yet</h2><p>Point a client at this address, or paste this into a shell:</p>
      <pre>${`export ALLOY_BASE_URL=${address} ALLOY_API_KEY=my-key

curl -sS "$ALLOY_BASE_URL/connectors/files/upload/request" \\
  -H "Authorization: Bearer $ALLOY_API_KEY" -H "x-api-version: 2025-09" \\
  --json '{"filename": "hello.txt", "mimeType": "text/plain", "md5": "5d41402abc4b2a76b9719d911017c592"}'`}</pre>
      <p>Exchanges appear here as they happen. Press <kbd>?</kbd> for the keys.</p>`);
  }
  empty.dataset.for = state.exchanges.length === 0 && !report ? "start" : "";
}

/** Goes through all exchanges, a slice at a time: what is in sight reacts meanwhile. */
function refilter() {
  const mine = ++run;
  const all = state.exchanges.slice(0, state.exchanges.length - held.length);
  /** @type {any[]} */
  const found = [];
  let at = all.length;
  const work = () => {
    if (mine !== run) return;
    const start = performance.now();
    while (at > 0 && performance.now() - start < SLICE) {
      const until = Math.max(0, at - 50);
      while (at > until) {
        const exchange = all[--at];
        if (matches(exchange)) found.push(exchange);
      }
    }
    // Newest first, so that what is in sight is there at once.
    shown = found.slice().reverse();
    if (at > 0) setTimeout(work);
    else {
      shown = shown.concat(state.exchanges.slice(all.length, state.exchanges.length - held.length).filter(matches));
      tell("filtered");
    }
    schedule();
  };
  work();
}

function togglePause() {
  paused = !paused;
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "Resume" : "Pause";
  if (!paused) {
    const come = held;
    held = [];
    append(come);
  }
}

/** @param {any[]} exchanges */
function append(exchanges) {
  const added = exchanges.filter(matches);
  shown = shown.concat(added);
  // What somebody looks at stays where it is.
  if (grid.scrollTop > 0) {
    rows.style.height = `${shown.length * ROW}px`;
    grid.scrollTop += added.length * ROW;
  }
  schedule();
}

/** Selects the next or the one before. @param {number} by */
function move(by) {
  if (shown.length === 0) return;
  const at = shown.findIndex((exchange) => exchange.id === place.id);
  const index = at < 0 ? (by > 0 ? 0 : shown.length - 1) : shown.length - 1 - at + by;
  const next = shown[shown.length - 1 - Math.min(shown.length - 1, Math.max(0, index))];
  go({ id: next.id });
}

/** Scrolls until the selected row is in sight. */
function reveal() {
  const at = shown.findIndex((exchange) => exchange.id === place.id);
  if (at < 0) return;
  const top = (shown.length - 1 - at) * ROW;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + ROW > grid.scrollTop + grid.clientHeight) grid.scrollTop = top + ROW - grid.clientHeight;
}

/** @param {KeyboardEvent} event @returns {boolean} whether it was one of the list's */
export function key(event) {
  const page = Math.max(1, Math.floor(grid.clientHeight / ROW) - 1);
  const keys = /** @type {Record<string, () => void>} */ ({
    j: () => move(1),
    k: () => move(-1),
    p: togglePause,
    "/": () => filter.select(),
  });
  if (document.activeElement === grid) {
    Object.assign(keys, {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      PageDown: () => move(page),
      PageUp: () => move(-page),
      Home: () => move(-shown.length),
      End: () => move(shown.length),
    });
  }
  keys[event.key]?.();
  return event.key in keys;
}

on("exchanges", (/** @type {any[]} */ come) => {
  if (paused) {
    held = held.concat(come);
    schedule();
  } else append(come);
});
on("findings", () => (place.q.includes("has:") || place.q.includes("rule:") ? refilter() : schedule()));
on("state", schedule);
on("dropped", refilter);
on("cleared", () => {
  held = [];
  shown = [];
  run++;
  schedule();
});
let lastQuery = "";
on("place", () => {
  if (filter.value !== place.q) filter.value = place.q;
  if (lastQuery !== place.q) {
    lastQuery = place.q;
    matches = matcher(place.q);
    grid.scrollTop = 0;
    refilter();
  }
  reveal();
  schedule();
});
new ResizeObserver(schedule).observe(grid);

/** Moves the focus to the list. */
export function focus() {
  grid.focus();
  if (!place.id) move(1);
}
