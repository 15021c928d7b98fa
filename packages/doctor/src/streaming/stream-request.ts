// One streamed request, each piece of its answer timed; and the same request unstreamed.

import type { Context } from "../context.ts";
import type { Streamed } from "../facts/streaming.ts";
import type { Facts } from "../facts.ts";
import { USER_AGENT } from "../http/call.ts";
import { credentialHeaders } from "../http/credential-headers.ts";
import { carriesKey } from "../http/key-guard.ts";
import { followedPath, MOST_REDIRECTS } from "../http/redirect.ts";
import { Secret } from "../secret.ts";
import { type Answered, exchange } from "../wire/http.ts";
import { type Broken, isBroken } from "../wire/tcp.ts";
import { openWay, type Way } from "../wire/way.ts";
import { type Piece, readStream } from "./stream-reading.ts";

/** Output tokens of one answer: some seconds of counting. */
export const STREAM_TOKENS = 150;
/** Wait for the head of the answer, and again from then to its end, milliseconds: a silence of 20 s must fit into it. */
export const STREAM_MS = 21_500;
/** A short text of which every model makes a long and even answer. */
const PROMPT = "Count from one to two hundred in English words, separated by commas. Write nothing else.";

/** Asks for a streamed answer over that way. */
export async function streamOnce(
  ctx: Context,
  facts: Facts,
  way: Way,
  wish: { readonly model: string; readonly encoding: Streamed["encoding"]; readonly via: Streamed["via"] },
): Promise<Streamed> {
  const { encoding, via, model } = wish;
  const pieces: Piece[] = [];
  let began = 0;
  const take = (data: Buffer) => pieces.push({ at: ctx.rt.clock.now() - began, data });
  const answer = await ask(ctx, facts, way, { model, encoding, stream: true }, take, () => {
    began = ctx.rt.clock.now();
    pieces.length = 0;
  });
  return readStream({ encoding, via, answer, pieces });
}

/** Milliseconds until the same answer was there unstreamed; undefined when it was not. */
export async function wholeOnce(ctx: Context, facts: Facts, way: Way, model: string): Promise<number | undefined> {
  const answer = await ask(ctx, facts, way, { model, encoding: "identity", stream: false }, undefined, () => {});
  return isBroken(answer) || answer.status !== 200 || answer.cut !== undefined ? undefined : Math.round(answer.endMs);
}

interface Wish {
  readonly model: string;
  readonly encoding: string;
  readonly stream: boolean;
}

/** Asks, and goes on where the program would. */
async function ask(
  ctx: Context,
  facts: Facts,
  way: Way,
  wish: Wish,
  onData: ((piece: Buffer) => void) | undefined,
  begin: () => void,
): Promise<Answered | Broken> {
  let path = `${ctx.target.url.pathname.replace(/\/+$/, "")}/v1/messages`;
  for (let hops = 0; ; hops += 1) {
    const answer = await askAt(ctx, facts, way, path, wish, onData, begin);
    if (isBroken(answer) || hops >= MOST_REDIRECTS) return answer;
    const next = followedPath(ctx, answer, path);
    if (next === undefined) return answer;
    path = next;
  }
}

async function askAt(
  ctx: Context,
  facts: Facts,
  way: Way,
  path: string,
  { model, encoding, stream }: Wish,
  onData: ((piece: Buffer) => void) | undefined,
  begin: () => void,
): Promise<Answered | Broken> {
  const opened = await openWay(ctx, way);
  if (isBroken(opened)) return opened;
  try {
    if (!carriesKey(ctx, facts, opened))
      return { error: "KEY_WITHHELD", message: "another certificate than the one that was judged", ms: 0, bytesIn: 0 };
    const headers: (readonly [string, string])[] = [
      ["host", ctx.target.url.host],
      ["user-agent", USER_AGENT],
      ["accept", "application/json"],
      ["accept-encoding", encoding],
      ["content-type", "application/json"],
      ["anthropic-version", "2023-06-01"],
      ["connection", "close"],
    ];
    for (const [name, value] of credentialHeaders(ctx)) {
      const at = headers.findIndex(([one]) => one === name.toLowerCase());
      const pair = [name, value instanceof Secret ? value.reveal() : value] as const;
      if (at < 0) headers.push(pair);
      else headers[at] = pair;
    }
    const body = JSON.stringify({
      model,
      max_tokens: STREAM_TOKENS,
      stream,
      messages: [{ role: "user", content: PROMPT }],
    });
    begin();
    return await exchange(ctx.wire, opened.connection, opened.socket, {
      method: "POST",
      path,
      headers,
      body,
      timeoutMs: STREAM_MS,
      ...(onData === undefined ? {} : { onData }),
    });
  } finally {
    opened.socket.destroy();
  }
}
