// Makes calls with npm's xmlrpc: client.js URL <CALLS >ANSWERS
// session_test.py says what both are.
'use strict';
const xmlrpc = require('xmlrpc');

const url = new URL(process.argv[2]);
const options = { host: url.hostname, port: url.port, path: url.pathname };
if (url.username) {
  options.basic_auth = {
    user: decodeURIComponent(url.username),
    pass: decodeURIComponent(url.password),
  };
}
const client = xmlrpc.createClient(options);

// A fault is an Error with a faultCode; any other Error ends the program.
function call([method, parameters]) {
  return new Promise((resolve, reject) => {
    client.methodCall(method, parameters, (error, value) => {
      if (!error) resolve({ value });
      else if (error.faultCode === undefined) reject(error);
      else resolve({ fault: [error.faultCode, error.faultString] });
    });
  });
}

async function main() {
  let text = '';
  for await (const piece of process.stdin) text += piece;
  const answers = [];
  for (const each of JSON.parse(text)) answers.push(await call(each));
  console.log(JSON.stringify(answers));
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
