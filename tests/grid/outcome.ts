// What a client saw, in one word, and whether anything was altered on the way.

import { gunzipSync } from "node:zlib";
import type { GridCell, Sighting } from "@fairlead/simulator";
import { contentOf, eventsOf, jsonOf, streamEnd, withoutPings } from "./sight.ts";

/**
 * `invisible`: status 200 and the whole right answer, made by a repeat or another upstream. `passed`: the upstream's own
 * answer, whole, byte for byte. `honest error`: a stream that ends with an error event of ours behind what the upstream
 * sent; `told error`: one that ends with the upstream's own error event. `own error`: the upstream's own error status and
 * body, unchanged. `our error`: an error status of ours, in Anthropic's shape. The rest must never be: `clean but cut`,
 * `broken` (HTTP's framing does not end), `altered`.
 */
export type Outcome =
  | "invisible"
  | "passed"
  | "honest error"
  | "told error"
  | "own error"
  | "our error"
  | "clean but cut"
  | "broken"
  | "altered";

/** Headers that are made anew on each hop, or tell a time. */
const OF_THE_MOMENT =
  /^(?:connection|keep-alive|date|transfer-encoding|content-length|request-id|cf-ray|anthropic-ratelimit-.*-reset)$/;

/** What the client saw, next to what the upstream says when it is asked directly and to the right answer. */
export function outcomeOf(
  cell: GridCell,
  seen: Sighting,
  direct: Sighting,
  right: Sighting,
  ids: readonly string[],
): Outcome {
  if (seen.status === 0 || !seen.whole) return "broken";
  if (seen.status !== 200) {
    const error = jsonOf(seen.body.toString("utf8"))?.error as { details?: { error_code?: string } } | undefined;
    if (error?.details?.error_code?.startsWith("fairlead_") === true) return "our error";
    return sameError(seen, direct, ids) ? "own error" : "altered";
  }
  if (direct.status === 200 && direct.whole && sameBytes(seen, direct) && wholeOf(cell, seen) !== "cut") {
    return wholeOf(cell, seen) === "error" ? "told error" : "passed";
  }
  const end = wholeOf(cell, seen);
  if (end === "cut") return "clean but cut";
  if (end === "error") return toldError(seen, direct);
  return contentOf(seen, cell.streamed) === contentOf(right, cell.streamed) ? "invisible" : "altered";
}

function wholeOf(cell: GridCell, seen: Sighting): "whole" | "error" | "cut" {
  const body = unzipped(seen);
  if (!cell.streamed) return jsonOf(body.toString("utf8"))?.stop_reason === undefined ? "cut" : "whole";
  const end = streamEnd(body);
  return end === "unclosed" ? "whole" : end;
}

function unzipped(seen: Sighting): Buffer {
  return seen.headers["content-encoding"] === "gzip" ? gunzipSync(seen.body) : seen.body;
}

// Compressed bytes depend on when the compressor was flushed: what they hold is compared.
function sameBytes(seen: Sighting, direct: Sighting): boolean {
  return withoutPings(unzipped(seen)) === withoutPings(unzipped(direct));
}

/** A repeat of a fault differs in nothing but the ids of its request and message. */
function sameButIds(seen: Sighting, direct: Sighting): boolean {
  const bare = (one: Sighting) => withoutPings(one.body).replace(/\b(req|msg|toolu)_[A-Za-z0-9]{24}\b/g, "$1_");
  return bare(seen) === bare(direct);
}

/** All before the last event is what the upstream sent; the last event is the upstream's, or ours and says so. */
function toldError(seen: Sighting, direct: Sighting): Outcome {
  if (streamEnd(direct.body) === "error" && sameButIds(seen, direct)) return "told error";
  const text = withoutPings(seen.body);
  const at = text.lastIndexOf("event: error");
  if (!withoutPings(direct.body).startsWith(text.slice(0, at))) return "altered";
  const error = eventsOf(seen.body).at(-1)?.data as { type?: string; error?: { details?: { error_code?: string } } };
  if (error?.type !== "error") return "altered";
  return error.error?.details?.error_code?.startsWith("fairlead_") === true ? "honest error" : "altered";
}

/** Status, body, request id and every header that means something are the upstream's, of one of its answers. */
function sameError(seen: Sighting, direct: Sighting, ids: readonly string[]): boolean {
  const id = seen.headers["request-id"];
  const asDirect = id === undefined ? "" : (direct.headers["request-id"] ?? "");
  if (id !== undefined && !ids.includes(id)) return false;
  if ((id === undefined) !== (direct.headers["request-id"] === undefined)) return false;
  const body = seen.body.toString("latin1");
  const same = id === undefined ? body : body.replaceAll(id, asDirect);
  return (
    seen.status === direct.status &&
    same === direct.body.toString("latin1") &&
    Object.entries(direct.headers).every(([name, value]) => OF_THE_MOMENT.test(name) || seen.headers[name] === value)
  );
}
