// @ts-check
// The emulator's clock, always in sight: what it shows, and what moves it.
import { html } from "./html.js";
import { call, now, on, report, reset, setClock, state } from "./api.js";
import { counted, span } from "./text.js";
import { failed } from "./notice.js";

const face = html`<time></time>`;
const offset = html`<span class="offset"></span>`;
const by = html`<input type="text" value="61m" size="6" aria-label="Advance by" spellcheck="false">`;
const freeze = html`<button type="button" onclick=${() => move({ freeze: !state.clock.frozen })}>Freeze</button>`;

/** @param {object} change */
const move = (change) => call("POST", "clock", change).then(setClock, failed);

/** @param {Event} event */
function submit(event) {
  event.preventDefault();
  move({ advance: by.value });
}

const panel = html`<div class="panel" id="clock-panel" hidden>
  <div class="buttons">${["1m", "15m", "61m", "1h", "24h"].map((each) => html`<button type="button" onclick=${() => move({ advance: each })}>+${each}</button>`)}</div>
  <form onsubmit=${submit}>${by}<button type="submit">Advance</button></form>
  <div class="buttons">${freeze}<button type="button" onclick=${() => move({ reset: true })}>Real time</button></div>
  <p class="dim">The clock belongs to the whole emulator: URLs expire by it.</p></div>`;

const toggle = html`<button type="button" class="face" aria-expanded="false" aria-controls="clock-panel" title="The emulator's clock (c)" onclick=${open}>${face}${offset}</button>`;

export function open() {
  panel.hidden = !panel.hidden;
  toggle.setAttribute("aria-expanded", String(!panel.hidden));
}

/** Closes the panel; whether it was open. */
export function close() {
  const was = !panel.hidden;
  if (was) open();
  return was;
}

const again = html`<dialog aria-labelledby="reset-title"><form method="dialog"><h2 id="reset-title">Reset the emulator?</h2>
  <p>Files, users, faults, exchanges and the clock go back to the start.</p>
  <p class="buttons"><button type="submit" value="reset" class="main" onclick=${() => reset().catch(failed)}>Reset</button><button type="submit">Cancel</button></p></form></dialog>`;

export const element = report
  ? html`<div class="clock"><span class="dim">${counted(report.exchanges.length, "exchange")}, assay ${report.version}, seed ${report.seed}</span></div>`
  : html`<div class="clock">${toggle}${panel}<button type="button" onclick=${() => again.showModal()}>Reset</button>${again}</div>`;

function draw() {
  const { offset: seconds, frozen } = state.clock;
  const text = `${new Date(now()).toISOString().slice(0, 19).replace("T", " ")}`;
  if (face.textContent !== text) face.textContent = text;
  offset.textContent = `${seconds ? `${seconds < 0 ? "−" : "+"}${span(seconds * 1_000)}` : ""}${frozen ? " frozen" : ""}`;
  freeze.textContent = frozen ? "Run on" : "Freeze";
}

on("clock", draw);
if (!report) setInterval(draw, 500);
