// Event streams of the Messages API in every spelling that the SSE standard allows, with what may stand between.

import fc from "fast-check";
import { literal, valueText } from "./json-text.ts";

const choices = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 });
const lineEnd = fc.constantFrom("\n", "\n", "\n", "\r\n", "\r");
const text = fc.array(
  fc.constantFrom("a", " ", "\u00e9", "\u4e2d\u6587", "\u{1f680}", '"', "\\", "\n", "event: ", "data: ", "\u2028"),
  {
    maxLength: 10,
  },
);

/** A frame before its line ends are chosen: lines of text. */
type Frame = readonly string[];

/** A frame with an event name and JSON, the space behind the colons there or not, the data on one line or several. */
const framed = (name: string, json: fc.Arbitrary<string>): fc.Arbitrary<Frame> =>
  fc.tuple(json, fc.nat(9)).map(([data, style]) => {
    const gap = style === 1 ? "" : " ";
    const lines = [`event:${style === 2 ? "" : " "}${name}`, `data:${gap}${data}`];
    if (style === 3) return [`event: ${name}`, ...split(data)];
    if (style === 4) return [": a comment inside", ...lines];
    if (style === 5) return [...lines, "id: 7", "retry: 1000", "unknown-field: x"];
    if (style === 6) return [lines[1] as string, lines[0] as string];
    if (style === 7) return [lines[0] as string, `data:  \t${data} `];
    return lines;
  });

/** JSON on several data lines, cut where white space may stand. */
function split(json: string): string[] {
  return [`data: {`, `data: ${json.slice(1, -1)}`, "data:", "data: }"];
}

const object = (type: string, more: fc.Arbitrary<string>) => more.map((rest) => `{"type": "${type}"${rest}}`);
const some = valueText.map((value) => `,"future":${value.replace(/[\r\n]/g, " ")}`);
const maybe = fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: some });

const start = framed(
  "message_start",
  object(
    "message_start",
    maybe.map(
      (more) =>
        `,"message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-6","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1}}${more}`,
    ),
  ),
);
const blockStart = framed(
  "content_block_start",
  object(
    "content_block_start",
    fc.constantFrom(
      ',"index":0,"content_block":{"type":"text","text":""}',
      ',"index":0,"content_block":{"type":"future","x":[1]}',
    ),
  ),
);
const delta = framed(
  "content_block_delta",
  object(
    "content_block_delta",
    fc
      .tuple(text, choices, fc.constantFrom("text_delta", "future_delta"))
      .map(
        ([parts, how, type]) =>
          `,"index":0,"delta":{"type":"${type}","text":${literal(parts.join(""), how).replace(/[\r\n]/g, "")}}`,
      ),
  ),
);
const blockStop = framed("content_block_stop", object("content_block_stop", fc.constant(',"index":0')));
const messageDelta = framed(
  "message_delta",
  object(
    "message_delta",
    fc
      .constantFrom("end_turn", "tool_use", "future_reason")
      .map((reason) => `,"delta":{"stop_reason":"${reason}"},"usage":{"output_tokens":9,"future_tokens":1}`),
  ),
);
const stop = framed("message_stop", object("message_stop", fc.constant("")));

/** What may stand between two events. */
const between: fc.Arbitrary<Frame> = fc.oneof(
  framed("ping", object("ping", fc.constant(""))),
  fc.constant<Frame>([": a comment"]),
  fc.constant<Frame>([":"]),
  framed("future_event", object("future_event", maybe)),
  fc.constant<Frame>(["event: not_json", "data: <<<"]),
  fc.constant<Frame>(['data: {"type":"nameless"}']),
  fc.constant<Frame>(["event: dataless"]),
  fc.constant<Frame>([]),
);
const gaps = fc.array(between, { maxLength: 2 });

/** How a stream ends: whole, without its last blank line, without message_stop, or with the upstream's own error. */
export type StreamKind = "whole" | "unterminated" | "no stop" | "error";

/** A stream's bytes. */
export const stream: fc.Arbitrary<{ readonly bytes: Buffer; readonly kind: StreamKind }> = fc
  .tuple(
    fc.tuple(gaps, start, gaps, blockStart, gaps),
    fc.array(fc.tuple(delta, gaps), { minLength: 1, maxLength: 12 }),
    fc.tuple(blockStop, gaps, messageDelta, gaps, stop),
    fc.constantFrom<StreamKind>("whole", "whole", "whole", "unterminated", "no stop", "error"),
    lineEnd,
    fc.boolean(),
    fc.array(lineEnd, { minLength: 1, maxLength: 5 }),
    fc.boolean(),
  )
  .map(([[g0, first, g1, opening, g2], deltas, [closing, g3, last, g4, end], kind, oneEnd, mixed, ends, bom]) => {
    const error: Frame = [
      "event: error",
      'data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    ];
    const body: Frame[] = [...g0, first, ...g1, opening, ...g2, ...deltas.flatMap(([one, gap]) => [one, ...gap])];
    if (kind === "error") body.push(error);
    else body.push(closing, ...g3, last, ...g4);
    if (kind === "whole" || kind === "unterminated") body.push(end);
    let at = 0;
    let text = bom ? "\ufeff" : "";
    const endLine = () => {
      const wished = mixed ? (ends[at++ % ends.length] as string) : oneEnd;
      // Behind a CR an LF would be the second half of one line end, not a blank line.
      text += wished === "\n" && text.endsWith("\r") ? "\r" : wished;
    };
    for (const [i, lines] of body.entries()) {
      for (const line of lines) {
        text += line;
        endLine();
      }
      if (kind !== "unterminated" || i < body.length - 1) endLine();
    }
    return { bytes: Buffer.from(text), kind };
  });
