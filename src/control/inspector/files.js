// @ts-check
// What is stored, by user.
import { html, show } from "./html.js";
import { call, now, on, refresh, state } from "./api.js";
import { counted, nameOf, size, span } from "./text.js";
import { link } from "./place.js";
import { failed } from "./notice.js";

export const element = html`<section class="page" aria-label="Files"></section>`;

const MAX = 500;

function draw() {
  if (!element.isConnected) return;
  if (state.files.length === 0) {
    show(element, html`<div class="empty"><h2>No files</h2><p>Files appear here once a client has uploaded them to a presigned URL.
      To have some from the start, add <code>[[file]]</code> tables to <code>assay.toml</code>.</p></div>`);
    return;
  }
  /** @type {Map<string, any[]>} */
  const users = new Map();
  for (const file of state.files.slice(0, MAX)) {
    const user = file.userId ?? "nobody";
    users.set(user, [...(users.get(user) ?? []), file]);
  }
  show(element, [...users].map(([user, files]) => html`<article>
    <h2><code>${user}</code> ${state.labels[user] ? html`<bdi>${state.labels[user]}</bdi>` : null}
      <span class="dim">${counted(files.length, "file")}, ${size(files.reduce((sum, file) => sum + file.size, 0))}</span>
      <a class="filter" href="${link({ view: "exchanges", q: `user:${user}`, id: 0 })}">show exchanges</a></h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Files of ${user}"><table><thead><tr><th>Name</th><th class="number">Size</th><th>Type</th><th>MD5</th><th>Age</th><th><span class="hidden">Actions</span></th></tr></thead>
    <tbody>${files.map(row)}</tbody></table></div></article>`),
  state.files.length > MAX ? html`<p class="dim">${counted(state.files.length - MAX, "more file")}, in <a href="objects">objects</a></p>` : null);
}

/** @param {any} file */
function row(file) {
  const path = `objects/${encodeURIComponent(file.s3Key)}`;
  const name = nameOf(file.s3Key);
  const remove = () => call("DELETE", path).then(refresh, failed);
  return html`<tr><td class="name" title="${file.s3Key.slice(0, 500)}"><bdi>${name.slice(0, 200)}</bdi></td><td class="number">${size(file.size)}</td>
    <td><bdi>${(file.contentType ?? "—").slice(0, 60)}</bdi></td><td><code>${file.md5}</code></td>
    <td title="${file.lastModified}">${span(now() - Date.parse(file.lastModified))}</td>
    <td class="actions"><a class="button" href="${path}" download="${name.slice(0, 200)}" aria-label="Download ${name.slice(0, 80)}">Download</a>
    <button type="button" onclick=${remove} aria-label="Delete ${name.slice(0, 80)}">Delete</button></td></tr>`;
}

on("state", draw);
on("place", draw);
on("cleared", draw);
