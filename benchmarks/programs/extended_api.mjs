// Makes twins of a type as the Extended API makes each, with the client that it has, Node's, on one connection kept open.
// Arguments: the address, `user:password`, and a JSON list of [id, document] pairs. Prints the twins a second.
import http from "node:http";

const [address, login, given] = process.argv.slice(2);
const url = new URL(address);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const authorization = "Basic " + Buffer.from(login).toString("base64");

function ask(method, path, body) {
  const headers = { Authorization: authorization };
  if (body) Object.assign(headers, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, host: url.hostname, port: url.port, method, path, headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => {
        const text = Buffer.concat(parts).toString();
        if (answer.statusCode >= 300) reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`));
        else resolve(text && JSON.parse(text));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const query = (parameters) => new URLSearchParams(parameters).toString();
const twins = JSON.parse(given);
const began = performance.now();
for (const [id, document] of twins) {
  await ask("GET", `/api/2/search/things/count?${query({ filter: `eq(thingId,"${id}")` })}`);
  await ask("GET", `/api/2/things/city:type?${query({ condition: "eq(attributes/_isType,true)" })}`);
  await ask("PUT", `/api/2/things/${id}`, document);
  const children = { filter: "exists(attributes/_parents/city:type)", option: "size(200)" };
  await ask("GET", `/api/2/search/things?${query(children)}`);
}
console.log((twins.length / (performance.now() - began)) * 1000);
agent.destroy();
