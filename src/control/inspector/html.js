// @ts-check
// A tagged template that makes elements. Values become text, attributes, listeners or children: never markup.

/** @typedef {string | number | boolean | null | undefined | Node | Function | Array<any>} Value */

const MARK = "\u0001";
const TOKEN = /<\/[\w-]+>|<([\w-]+)((?:\s+[\w:-]+(?:="[^"]*"|=\u0001)?)*)\s*(\/?)>|[^<]+/g;
const ATTRIBUTE = /([\w:-]+)(?:="([^"]*)"|=(\u0001))?/g;
const VOID = new Set(["input", "br", "hr", "img", "col"]);

/**
 * @param {TemplateStringsArray} strings
 * @param {Value[]} values
 * @returns {any} the element, or a fragment of several
 */
export function html(strings, ...values) {
  const root = document.createDocumentFragment();
  /** @type {(Element | DocumentFragment)[]} */
  const open = [root];
  let next = 0;
  const source = strings.join(MARK).trim().replace(/\s*\n\s*/g, " ").replace(/> </g, "><");
  for (const [token, name, attributes, closed] of source.matchAll(TOKEN)) {
    const parent = open[open.length - 1];
    if (name) {
      const element = document.createElement(name);
      for (const [, key, quoted, bare] of (attributes ?? "").matchAll(ATTRIBUTE)) {
        const parts = (quoted ?? "").split(MARK);
        const text = () => parts.reduce((all, part) => all + String(values[next++] ?? "") + part);
        set(element, key, bare ? values[next++] : parts.length > 1 ? text() : quoted ?? true);
      }
      parent.append(element);
      if (!closed && !VOID.has(name)) open.push(element);
    } else if (token.startsWith("</")) {
      open.pop();
    } else {
      token.split(MARK).forEach((text, index) => {
        if (index > 0) add(parent, values[next++]);
        if (text) parent.append(text);
      });
    }
  }
  return root.childNodes.length === 1 ? root.firstChild : root;
}

/** @param {Element | DocumentFragment} parent @param {Value} value */
function add(parent, value) {
  if (Array.isArray(value)) value.forEach((each) => add(parent, each));
  else if (value instanceof Node) parent.append(value);
  else if (value !== null && value !== undefined && value !== false) parent.append(String(value));
}

/** @param {Element} element @param {string} name @param {any} value */
function set(element, name, value) {
  if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
  else if (name === "href" && !/^(#|\/|[\w.]+(\/|\?|$)|blob:)/.test(value)) return;
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
}

/** Puts content in the place of all that an element has. @param {Element} element @param {Value[]} content */
export function show(element, ...content) {
  element.replaceChildren();
  content.forEach((each) => add(element, each));
}
