// A keep-alive client that sends exactly the header lines and body bytes it is given, and gives back what came, raw.

import { Agent, request } from "node:http";

/** What came back. */
export interface Answer {
  readonly status: number;
  /** Names and values alternating, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** A client with so many connections. */
export interface Lane {
  /** Sends POST `path`. `headers`: names and values alternating; host and content-length are added. Rejects when the answer breaks. */
  post(url: string, path: string, headers: readonly string[], body: Buffer): Promise<Answer>;
  close(): void;
}

/** Opens a client. */
export function lane(connections: number): Lane {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    post: (url, path, headers, body) =>
      new Promise((resolve, reject) => {
        const { hostname, port, host } = new URL(url);
        const req = request({
          agent,
          hostname,
          port,
          path,
          method: "POST",
          headers: ["host", host, ...headers, "content-length", String(body.length)],
        });
        req.on("error", reject);
        req.on("response", (res) => {
          const pieces: Buffer[] = [];
          res.on("data", (piece: Buffer) => pieces.push(piece));
          res.on("error", reject);
          res.on("end", () =>
            resolve({ status: res.statusCode ?? 0, rawHeaders: res.rawHeaders, body: Buffer.concat(pieces) }),
          );
        });
        req.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** Pairs of a flat list whose name the filter keeps, as one text each, in their order. */
export function headerLines(raw: readonly string[], keep: (lower: string) => boolean): string[] {
  const lines: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (keep(name.toLowerCase())) lines.push(`${name}: ${raw[i + 1]}`);
  }
  return lines;
}

/** The last value of a header; undefined when it did not come. */
export function headerOf(raw: readonly string[], lower: string): string | undefined {
  for (let i = raw.length - 2; i >= 0; i -= 2) if (raw[i]?.toLowerCase() === lower) return raw[i + 1];
  return undefined;
}

/** Runs tasks, so many at a time, in their order. Rejects with the first that fails. */
export async function eachOf<T>(tasks: readonly T[], atOnce: number, run: (task: T) => Promise<void>): Promise<void> {
  const waiting = [...tasks];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await run(task);
    }),
  );
}

/** Where two texts of bytes part, with what stands around it. */
export function firstDifference(got: Buffer, wanted: Buffer): string {
  let at = 0;
  while (at < got.length && got[at] === wanted[at]) at += 1;
  const around = (one: Buffer) => JSON.stringify(one.toString("latin1", Math.max(0, at - 40), at + 40));
  return `at byte ${at} of ${got.length} and ${wanted.length}: got ${around(got)}, wanted ${around(wanted)}`;
}
