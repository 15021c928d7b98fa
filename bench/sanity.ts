// The check before a measurement: does the candidate answer rightly at all? A fast proxy of errors proves nothing.
import { request } from "node:http";
import type { Running } from "./candidates/candidate.ts";
import { requestHeaders } from "./requests.ts";

/** What a whole answer to the request looks like, for the load generator to hold every answer against. */
export interface Expectation {
  bytes: number;
  events: number;
  /** true when request and reply came through byte for byte (time stamps aside). */
  intact: boolean;
}

interface Reply {
  status: number;
  text: string;
}

function send(running: Running, body: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(
      requestHeaders(running.port, running.key, Buffer.byteLength(body), running.headers),
    );
    const { port } = running;
    const out = request({
      host: "127.0.0.1",
      port,
      method: "POST",
      path: "/v1/messages?beta=true",
      headers,
      agent: false,
    });
    out.setTimeout(20_000, () => out.destroy(new Error("no whole answer in 20 s")));
    out.once("error", reject);
    out.once("response", (reply) => {
      const parts: Buffer[] = [];
      reply.on("data", (part: Buffer) => parts.push(part));
      reply.once("error", reject);
      reply.once("end", () => resolve({ status: reply.statusCode ?? 0, text: Buffer.concat(parts).toString("utf8") }));
    });
    out.end(body);
  });
}

/** What the mock says that it received. */
export interface MockStats {
  requests: number;
  streams: number;
  finished: number;
  cut: number;
  events: number;
  bodyBytes: number;
  bodies: { length: number; fnv: string }[];
}

/** Asks the mock for its counts. */
export async function mockStats(port: number): Promise<MockStats> {
  const reply = await fetch(`http://127.0.0.1:${port}/_stats`, { headers: { connection: "close" } });
  return (await reply.json()) as MockStats;
}

/** FNV-1a 64 of a text's UTF-8 bytes, as 16 hex digits: the mock's fingerprint of a body. */
export function fnv(text: string): string {
  let hash = 14695981039346656037n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  return hash.toString(16).padStart(16, "0");
}

/** Number of complete events in the text of a stream. */
export function countEvents(text: string): number {
  return text.split("\n\n").filter((frame) => frame.includes("event: ")).length;
}

function masked(text: string): string {
  return text.replace(/t=\d{19}/g, "t=0");
}

function fault(running: Running, what: string, reply: Reply): Error {
  return new Error(
    `${running.member.name} ${what}: status ${reply.status}, body ${reply.text.slice(0, 600)}\n${running.member.logTail()}`,
  );
}

/**
 * Sends one request straight to the mock and one through the candidate, and compares. Throws when the candidate's
 * status is not 200, its stream is not complete, or (for a transparent candidate) any byte differs either way.
 */
export async function checkSanity(
  upstream: Running,
  running: Running,
  transparent: boolean,
  body: string,
): Promise<Expectation> {
  const right = await send(upstream, body);
  if (right.status !== 200) throw fault(upstream, "answers wrongly itself", right);
  const reply = await send(running, body);
  if (reply.status !== 200) throw fault(running, "refuses", reply);
  const streaming = body.endsWith('"stream":true}');
  if (streaming && !reply.text.includes("event: message_stop")) throw fault(running, "does not finish a stream", reply);
  if (streaming && countEvents(reply.text) !== countEvents(right.text)) throw fault(running, "loses events", reply);
  if (!streaming && (JSON.parse(reply.text) as { id?: string }).id !== (JSON.parse(right.text) as { id?: string }).id)
    throw fault(running, "answers something else", reply);
  const sent = (await mockStats(upstream.port)).bodies.at(-1);
  const intact = masked(reply.text) === masked(right.text) && sent?.fnv === fnv(body);
  if (transparent && !intact) throw fault(running, "changes bytes on the way", reply);
  return { bytes: Buffer.byteLength(reply.text), events: streaming ? countEvents(right.text) : 0, intact };
}
