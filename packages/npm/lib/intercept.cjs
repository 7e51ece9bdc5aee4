// Leads this process's connections to production's hosts to an emulator.
"use strict";

const { readFileSync } = require("node:fs");
const net = require("node:net");
const { join } = require("node:path");
const tls = require("node:tls");

/** What `assay serve --intercept-dir` wrote, applied to this process between `on()` and `off()`. */
class Interception {
  #ca;
  #connect;
  #hosts;
  #undo;

  constructor(folder) {
    this.env = JSON.parse(readFileSync(join(folder, "env.json"), "utf8"));
    this.#ca = readFileSync(join(folder, "ca.pem"), "utf8");
    const { connect } = net.Socket.prototype;
    this.#hosts = require(join(folder, "preload.cjs")).HOSTS;
    this.#connect = net.Socket.prototype.connect;
    net.Socket.prototype.connect = connect;
  }

  on() {
    if (this.#undo !== undefined) return;
    const variables = Object.keys(this.env).map((name) => [name, process.env[name]]);
    const { connect } = net.Socket.prototype;
    const { createSecureContext } = tls;
    this.#undo = () => {
      for (const [name, value] of variables) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      net.Socket.prototype.connect = connect;
      tls.createSecureContext = createSecureContext;
    };
    Object.assign(process.env, this.env);
    net.Socket.prototype.connect = this.#connect;
    // NODE_EXTRA_CA_CERTS is read when a process starts.
    tls.createSecureContext = (options) => createSecureContext(this.#trusting(options));
  }

  off() {
    this.#undo?.();
    this.#undo = undefined;
  }

  /** The options, with the emulator's authority for a connection to one of the hosts. */
  #trusting(options) {
    const host = options?.servername || options?.host;
    return this.#hosts.has(host) && !options.ca ? { ...options, ca: this.#ca } : options;
  }
}

module.exports = { Interception };
