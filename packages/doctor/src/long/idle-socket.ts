// One connection of the soak: asked once, left alone, asked again.

import type { Socket } from "node:net";
import type { Context } from "../context.ts";
import type { Soaked } from "../facts/long.ts";
import type { Facts } from "../facts.ts";
import { isBroken } from "../wire/tcp.ts";
import { openWay, wayToTarget } from "../wire/way.ts";
import { headRequest } from "./head-request.ts";
import type { Step } from "./soak-ladder.ts";

/** Wait for the first answer and for the one of a fresh connection, milliseconds. */
const FIRST_MS = 8_000;
/** Silence after reuse that counts as death, milliseconds: a live line has answered the first request in a fraction of it. */
const SILENCE_MS = 4_000;

/** Runs one step. */
export async function soakOne(ctx: Context, facts: Facts, step: Step): Promise<Soaked> {
  const { clock } = ctx.rt;
  const { idleSeconds, keepAliveSeconds } = step;
  const base = {
    idleSeconds,
    keepAlive: keepAliveSeconds !== undefined,
    ...(keepAliveSeconds === undefined ? {} : { keepAliveSeconds }),
  };
  const opened = await openWay(ctx, wayToTarget(ctx, facts));
  if (isBroken(opened)) return { ...base, outcome: "unknown", ms: 0, error: opened.error };
  const { socket } = opened;
  const stop = () => socket.destroy();
  ctx.wire.signal.addEventListener("abort", stop, { once: true });
  try {
    if (keepAliveSeconds !== undefined) socket.setKeepAlive(true, keepAliveSeconds * 1_000);
    const { authority, path } = helloOf(ctx);
    const first = await headRequest(clock, socket, authority, path, FIRST_MS);
    if (first.status === undefined)
      return {
        ...base,
        outcome: "unknown",
        ms: first.ms,
        ...(first.error === undefined ? {} : { error: first.error }),
      };
    if (first.closes === true) return { ...base, outcome: "unkept", ms: first.ms };
    const ended = await idle(ctx, socket, idleSeconds * 1_000);
    if (ended !== undefined) return { ...base, ...ended };
    const again = await headRequest(clock, socket, authority, path, SILENCE_MS);
    if (again.status !== undefined) return { ...base, outcome: "answered", ms: again.ms };
    const error = again.error ?? "ERROR";
    if (error === "TIMEOUT") {
      const fresh = await freshAnswers(ctx, facts);
      return { ...base, outcome: fresh ? "silent" : "unknown", ms: again.ms, error };
    }
    return {
      ...base,
      outcome: error === "CLOSED" ? "fin" : "reset",
      ms: error === "CLOSED" ? idleSeconds * 1_000 : again.ms,
      error,
    };
  } finally {
    ctx.wire.signal.removeEventListener("abort", stop);
    socket.destroy();
  }
}

/** Whether a new connection is served at this moment. */
async function freshAnswers(ctx: Context, facts: Facts): Promise<boolean> {
  const opened = await openWay(ctx, wayToTarget(ctx, facts));
  if (isBroken(opened)) return false;
  const { authority, path } = helloOf(ctx);
  const answer = await headRequest(ctx.rt.clock, opened.socket, authority, path, SILENCE_MS);
  opened.socket.destroy();
  return answer.status !== undefined;
}

/** Waits that long; tells when the far end closes or resets meanwhile. */
function idle(ctx: Context, socket: Socket, ms: number): Promise<Pick<Soaked, "outcome" | "ms" | "error"> | undefined> {
  const { clock } = ctx.rt;
  const began = clock.now();
  return new Promise((resolve) => {
    const settle = (outcome?: "fin" | "reset", error?: string) => {
      timer.cancel();
      socket.off("end", ended).off("close", ended).off("error", failed);
      if (outcome === undefined) resolve(undefined);
      else resolve({ outcome, ms: Math.round(clock.now() - began), ...(error === undefined ? {} : { error }) });
    };
    const ended = () => settle("fin");
    const failed = (e: NodeJS.ErrnoException) => settle("reset", e.code ?? "ERROR");
    const timer = clock.timer(ms, () => settle());
    socket.on("end", ended).on("close", ended).on("error", failed);
    // Without a reader the end of the stream would never be seen.
    socket.resume();
  });
}

function helloOf(ctx: Context): { readonly authority: string; readonly path: string } {
  const base = ctx.target.url.pathname.replace(/\/+$/, "");
  return { authority: ctx.target.url.host, path: `${base}/api/hello` };
}
