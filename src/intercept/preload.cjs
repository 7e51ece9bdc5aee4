'use strict';
// Leads connections to the intercepted hosts to the emulator. TLS stays the client's own, on the same connection.
const net = require('node:net');

const HOSTS = new Set("@HOSTS@");
const EMULATOR = { host: '@ADDRESS@', port: "@PORT@" };
const connect = net.Socket.prototype.connect;

/** Returns the options of a connection to the emulator, or `null` for any other host. */
function redirected(options) {
  const host = options && typeof options === 'object' && typeof options.host === 'string' ? options.host : '';
  if (!HOSTS.has(host.replace(/\.$/, '').toLowerCase())) return null;
  // A copy: TLS verifies the certificate against the host of the original.
  return { ...options, ...EMULATOR, path: undefined, lookup: undefined };
}

net.Socket.prototype.connect = function (...args) {
  const [first] = args;
  if (Array.isArray(first)) {
    // Node's own modules pass their arguments as one array, marked by a symbol.
    const options = redirected(first[0]);
    if (options) {
      const normalized = first.slice();
      for (const symbol of Object.getOwnPropertySymbols(first)) normalized[symbol] = first[symbol];
      normalized[0] = options;
      return connect.call(this, normalized);
    }
  } else if (typeof first === 'object') {
    const options = redirected(first);
    if (options) return connect.call(this, options, ...args.slice(1));
  } else if (typeof args[1] === 'string') {
    const options = redirected({ port: first, host: args[1] });
    if (options) return connect.call(this, options, ...args.slice(2));
  }
  return connect.apply(this, args);
};

module.exports = { HOSTS };
