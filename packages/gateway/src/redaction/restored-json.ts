// A whole JSON answer with the values put back.

import { answerStrings, nestedJson, open } from "./answer-strings.ts";
import type { Restorer } from "./restorer.ts";

/** The answer with every placeholder of the request replaced; the same buffer when there is none in it. */
export function restoredJson(body: Buffer, restorer: Restorer): Buffer {
  if (body.indexOf("[") < 0) return body;
  const json = body.toString("latin1");
  const sealed = sealedParts(json);
  const pieces: string[] = [];
  let done = 0;
  answerStrings(json, (start, end, path) => {
    if (!open(path) || sealed.some(([from, to]) => start > from && start < to)) return;
    const text = json.slice(start, end);
    const put = restorer.replaced(text, nestedJson(path));
    if (put === text) return;
    pieces.push(json.slice(done, start), put);
    done = end;
  });
  if (pieces.length === 0) return body;
  pieces.push(json.slice(done));
  return Buffer.from(pieces.join(""), "latin1");
}

/** Blocks of `content` that go back to the provider as they came: results of its own tools. Spans of their texts. */
function sealedParts(json: string): ReadonlyArray<readonly [number, number]> {
  if (!/"[a-z_]+_tool_result"/.test(json)) return [];
  const sealed = new Set<number>();
  const spans = new Map<number, [number, number]>();
  answerStrings(json, (start, end, path) => {
    const [first, index, key] = path;
    if (first !== "content" || typeof index !== "number") return;
    if (key === "type" && path.length === 3 && /_tool_result$/.test(json.slice(start, end))) sealed.add(index);
    const span = spans.get(index);
    if (span === undefined) spans.set(index, [start - 1, end]);
    else span[1] = end;
  });
  return [...sealed].flatMap((index) => {
    const span = spans.get(index);
    return span === undefined ? [] : [span];
  });
}
