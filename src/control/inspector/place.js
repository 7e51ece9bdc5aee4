// @ts-check
// Where somebody is in the page, kept in its address so that a link can be sent.
import { tell } from "./api.js";

export const place = { view: "exchanges", q: "", id: 0 };

/** @param {Partial<typeof place>} to */
export function go(to) {
  const next = { ...place, ...to };
  if (to.q !== undefined || (to.id !== undefined && place.view === next.view)) history.replaceState(null, "", link(next));
  else history.pushState(null, "", link(next));
  read();
}

/** The address of a place. @param {Partial<typeof place>} to */
export function link(to) {
  const { view, q, id } = { ...place, ...to };
  const query = new URLSearchParams();
  if (q) query.set("q", q);
  if (id) query.set("id", String(id));
  return `#/${view}${query.size ? `?${query}` : ""}`;
}

export function read() {
  const [, view, query] = location.hash.match(/^#\/?(\w*)\??(.*)$/s) ?? [];
  const parameters = new URLSearchParams(query ?? "");
  place.view = ["exchanges", "findings", "files", "faults"].includes(view ?? "") ? String(view) : "exchanges";
  place.q = parameters.get("q") ?? "";
  place.id = Number(parameters.get("id")) || 0;
  tell("place");
}

addEventListener("hashchange", read);
addEventListener("popstate", read);
