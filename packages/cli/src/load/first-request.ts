// One request ahead of a load, to see that address, key and model are right before thousands find out.

import { performance } from "node:perf_hooks";
import { CliError } from "../cli-error.ts";
import { Answer, type Wrong, withoutKey } from "./answer.ts";
import { Connection, type Endpoint } from "./connection.ts";
import { cut } from "./report.ts";
import type { MadeRequest } from "./request-maker.ts";

/** Answers after which every further request would get the same: nothing of them is load. */
const FINAL = /^(400|401|403|404|405|413|421)\b/;

/**
 * Sends it.
 * @throws CliError when nothing answers there, or when what answers refuses for good
 */
export async function firstRequest(
  endpoint: Endpoint,
  request: MadeRequest,
  wishes: { readonly url: string; readonly stream: boolean; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const wrong = await sent(endpoint, request, wishes);
  if (wrong === undefined) return;
  if (wrong.kind === "connection") {
    const way = wrong.what.includes("ECONNREFUSED")
      ? "Start a gateway there (fairlead start, fairlead gateway) or name another address with --url."
      : "fairlead doctor tells why.";
    throw new CliError(`nothing answers at ${wishes.url} (${wrong.what}). ${way}`);
  }
  if (wrong.kind === "content")
    throw new CliError(`${wishes.url} does not answer as the Messages API does: ${wrong.what}. Check --url.`);
  if (wrong.kind !== "status" || !FINAL.test(wrong.what)) return;
  const fix = wrong.what.startsWith("401") ? " Check --key, or ANTHROPIC_AUTH_TOKEN." : "";
  throw new CliError(
    `the first request was refused, and so would be the others: ${cut(wrong.message, 400)} (${wrong.what}).${fix}`,
  );
}

function sent(
  endpoint: Endpoint,
  request: MadeRequest,
  wishes: { readonly stream: boolean; readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Wrong | undefined> {
  const connection = new Connection(endpoint);
  const answer = new Answer(wishes.stream ? "stream" : "json", () => performance.now());
  return new Promise((resolve) => {
    const timer = setTimeout(() => connection.destroy("no answer in time"), wishes.timeoutMs);
    const stop = () => connection.destroy("given up");
    wishes.signal.addEventListener("abort", stop, { once: true });
    connection.send(request.pieces, {
      head: (status, head) => answer.head(status, head),
      data: (chunk) => answer.data(chunk),
      over: (broken) => {
        clearTimeout(timer);
        wishes.signal.removeEventListener("abort", stop);
        const wrong = withoutKey(answer.end(broken), request.key);
        connection.destroy("done");
        resolve(wishes.signal.aborted ? undefined : wrong);
      },
    });
  });
}
