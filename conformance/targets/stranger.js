// An honest cache on another stack: npm's xmlrpc, with its own reader and writer of XML.
//
// usage: stranger.js PORT SPEC
//
// SPEC is 1.0 or 1.1. In 1.1 it loses what JavaScript has no type for.
'use strict';
const xmlrpc = require('xmlrpc');

const [port, spec] = process.argv.slice(2);
const values = new Map();

function refuse(faultString) {
  throw { faultCode: 400, faultString };
}

function checked(key) {
  return typeof key === 'string' && key ? key : refuse('no such kind of key');
}

const methods = {
  getAPIVersion: () => '0.2',
  getKeys: () => [...values.keys()],
  getCount: () => values.size,
  store: (key, value) => {
    if (spec === '1.0' && typeof value !== 'string') refuse('no such kind of value');
    values.set(checked(key), value);
    return true;
  },
  fetch: (key) => (values.has(checked(key)) ? values.get(key) : refuse('not found')),
  delete: (key) => values.delete(checked(key)),
  clear: () => {
    values.clear();
    return true;
  },
};

const server = xmlrpc.createServer({ host: '127.0.0.1', port: Number(port) });
// The library's reader throws at some references, where nobody can answer: who sent one is hung up on.
process.on('uncaughtException', () => server.httpServer.closeAllConnections());
for (const [name, method] of Object.entries(methods)) {
  server.on(`cache.${name}`, (error, parameters, answer) => {
    try {
      answer(null, method(...parameters));
    } catch (fault) {
      answer(fault);
    }
  });
}
