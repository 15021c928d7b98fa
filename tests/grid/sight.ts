// What an answer looks like to a client: its events, how it ended, and its content without the ids of one generation.

import type { Sighting } from "@fairlead/simulator";

/** One event of a stream; `data` is undefined when it is not JSON. */
export interface SeenEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** The events of a stream, whatever its line ends are. A last one without its blank line counts. */
export function eventsOf(body: Buffer): SeenEvent[] {
  return body
    .toString("utf8")
    .replace(/\r\n|\r/g, "\n")
    .split("\n\n")
    .filter((frame) => frame.trim() !== "")
    .map((frame) => {
      const field = (name: string) =>
        frame
          .split("\n")
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ""))
          .join("\n");
      return { event: field("event"), data: jsonOf(field("data")) };
    });
}

/** Where a stream stands when its bytes end. */
export type StreamEnd = "whole" | "unclosed" | "error" | "cut";

/** `unclosed`: the stop reason was given and only message_stop is missing (protocol.md 9.2 counts that as complete). */
export function streamEnd(body: Buffer): StreamEnd {
  const events = eventsOf(body).filter(({ event }) => event !== "ping");
  const last = events.at(-1);
  if (last?.event === "error") return "error";
  if (events.some(({ data }) => data === undefined)) return "cut";
  if (last?.event === "message_stop") return "whole";
  const stopped = events.some(
    ({ event, data }) =>
      event === "message_delta" && typeof (data?.delta as { stop_reason?: unknown })?.stop_reason === "string",
  );
  return stopped ? "unclosed" : "cut";
}

/** The content of an answer as text: blocks in order, deltas joined, ids and signatures left out. Undefined when it cannot be read. */
export function contentOf(seen: Pick<Sighting, "body">, streamed: boolean): string | undefined {
  if (!streamed) {
    const message = jsonOf(seen.body.toString("utf8"));
    if (!Array.isArray(message?.content)) return undefined;
    return shown(message.content as Block[], message.stop_reason);
  }
  const blocks: Block[] = [];
  let stop: unknown;
  for (const { event, data } of eventsOf(seen.body)) {
    if (event === "content_block_start") blocks.push({ ...(data?.content_block as Block), input: "" });
    const delta = data?.delta as Record<string, unknown> | undefined;
    const block = blocks.at(-1);
    if (event === "message_delta") stop = delta?.stop_reason;
    if (event !== "content_block_delta" || block === undefined) continue;
    block.text = `${block.text ?? ""}${delta?.text ?? ""}`;
    block.thinking = `${block.thinking ?? ""}${delta?.thinking ?? ""}`;
    block.input = `${block.input}${delta?.partial_json ?? ""}`;
  }
  return shown(blocks, stop);
}

interface Block {
  type?: unknown;
  text?: unknown;
  thinking?: unknown;
  name?: unknown;
  input?: unknown;
}

function shown(blocks: readonly Block[], stop: unknown): string {
  return JSON.stringify([
    ...blocks.map(({ type, text, thinking, name, input }) => [
      type,
      text === undefined || text === "" ? "" : text,
      thinking === undefined ? "" : thinking,
      name ?? "",
      type === "tool_use" ? (typeof input === "string" ? jsonOf(input) : input) : "",
    ]),
    stop,
  ]);
}

/** A body with every ping event taken out: how many there are is a matter of time. */
export function withoutPings(body: Buffer): string {
  return body
    .toString("latin1")
    .replaceAll('event: ping\ndata: {"type": "ping"}\n\n', "")
    .replaceAll('event: ping\ndata: {"type":"ping"}\n\n', "");
}

/** JSON, or undefined. */
export function jsonOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
