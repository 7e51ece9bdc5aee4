// @ts-check
// A line that says what did not work.
import { html } from "./html.js";

export const element = html`<div class="notice" role="alert" hidden></div>`;

let timer = 0;

/** @param {Error} error */
export function failed(error) {
  element.textContent = error.message;
  element.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => (element.hidden = true), 8_000);
}
