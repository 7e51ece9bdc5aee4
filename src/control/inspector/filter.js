// @ts-check
// The filter's language: words that must all be there, and `name:value`; `-` before one turns it around.
import { state } from "./api.js";
import { fileOf } from "./text.js";

/** The text of an exchange in lower case, made when it is first searched. @type {WeakMap<object, string>} */
const texts = new WeakMap();

/** @param {any} exchange */
function textOf(exchange) {
  let text = texts.get(exchange);
  if (text === undefined) {
    const headers = [exchange.request, exchange.response].map(({ headers }) => Object.entries(headers).join("\n"));
    const parts = [exchange.operation, exchange.method, exchange.status, exchange.path, fileOf(exchange), exchange.user_id,
      exchange.fault, ...headers, exchange.request.body, exchange.response.body];
    text = parts.join("\n").toLowerCase();
    texts.set(exchange, text);
  }
  return text;
}

/** @type {Record<string, (exchange: any, value: string) => boolean>} */
const FIELDS = {
  operation: (exchange, value) => exchange.operation === value,
  op: (exchange, value) => exchange.operation === value,
  method: (exchange, value) => exchange.method.toLowerCase() === value,
  // 4xx stands for all of them.
  status: (exchange, value) => {
    const status = String(exchange.status ?? "none");
    return /^\dxx$/.test(value) ? status[0] === value[0] : status.startsWith(value);
  },
  user: (exchange, value) =>
    (exchange.user_id ?? "").includes(value) || (state.labels[exchange.user_id] ?? "").toLowerCase().includes(value),
  file: (exchange, value) => fileOf(exchange).toLowerCase().includes(value),
  fault: (exchange, value) => exchange.fault === value,
  rule: (exchange, value) => (state.found.get(exchange.id) ?? []).some((finding) => finding.rule.startsWith(value)),
  id: (exchange, value) => String(exchange.id) === value,
  has: (exchange, value) => {
    if (value.startsWith("fault")) return exchange.fault !== null;
    if (value.startsWith("finding")) return exchange.findings.length > 0 || state.found.has(exchange.id);
    return false;
  },
};

/** @param {string} query @returns {(exchange: any) => boolean} */
export function matcher(query) {
  const terms = (query.toLowerCase().match(/-?(?:\w+:)?(?:"[^"]*"?|\S+)/g) ?? []).map((term) => {
    const turned = term.startsWith("-") && term.length > 1;
    const bare = turned ? term.slice(1) : term;
    const [, name, value] = bare.match(/^(\w+):(.+)$/s) ?? [];
    const field = name ? FIELDS[name] : undefined;
    const text = (field ? value : bare).replaceAll('"', "");
    return (/** @type {any} */ exchange) => (field ? field(exchange, text) : textOf(exchange).includes(text)) !== turned;
  });
  return (exchange) => terms.every((term) => term(exchange));
}
