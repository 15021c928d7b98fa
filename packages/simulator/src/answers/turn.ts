// What a request asks, as far as the answer depends on it: read from a Messages body or from the OpenAI shape.

/** A tool the answer may call. */
export interface OfferedTool {
  name: string;
  schema: unknown;
}

/** The part of a request that decides its answer. */
export interface Turn {
  model: string;
  maxTokens: number;
  /** Text of the last user message, `<system-reminder>` parts left out. */
  prompt: string;
  /** Texts of the tool results in the last user message. */
  toolResults: string[];
  /** Documents of the conversation that may be cited, with their text. */
  citable: Array<{ title: string | null; text: string; index: number }>;
  tools: OfferedTool[];
  /** `none`, `auto`, `any`, or the name of the one tool that must be called. */
  toolChoice: { kind: "auto" | "any" | "none" } | { kind: "tool"; name: string };
  parallelTools: boolean;
  thinking: "off" | "shown" | "omitted";
  stopSequences: string[];
  /** Schema of structured output, when asked for. */
  format?: unknown;
  stream: boolean;
}

type Json = Record<string, unknown>;

/** Reads a validated Messages body. */
export function turnOf(body: Json): Turn {
  const messages = array(body.messages).map(object);
  const last = messages.filter((message) => message.role === "user").at(-1);
  const blocks = blocksOf(last?.content);
  const thinking = object(body.thinking);
  const choice = object(body.tool_choice);
  const kind = String(choice.type ?? "auto");
  const config = object(body.output_config);
  const format = object(config.format ?? body.output_format);
  return {
    model: String(body.model),
    maxTokens: Number(body.max_tokens ?? 0),
    prompt: promptOf(blocks),
    toolResults: blocks.filter((block) => block.type === "tool_result").map((block) => textOf(block.content)),
    citable: citableOf(messages),
    tools: array(body.tools)
      .map(object)
      .filter((tool) => typeof tool.name === "string" && (tool.input_schema !== undefined || isClientTool(tool.type)))
      .map((tool) => ({ name: String(tool.name), schema: tool.input_schema })),
    toolChoice:
      kind === "tool"
        ? { kind: "tool", name: String(choice.name) }
        : { kind: kind === "any" || kind === "none" ? kind : "auto" },
    parallelTools: choice.disable_parallel_tool_use !== true,
    thinking:
      thinking.type === "enabled" || thinking.type === "adaptive" || thinking.type === "between_tools"
        ? thinking.display === "omitted"
          ? "omitted"
          : "shown"
        : "off",
    stopSequences: array(body.stop_sequences).map(String),
    ...(format.schema === undefined ? {} : { format: format.schema }),
    stream: body.stream === true,
  };
}

/** Typed tools that the client runs itself (protocol.md 1.4). */
function isClientTool(type: unknown): boolean {
  return /^(custom$|bash_|text_editor_|memory_|computer_|browser_)/.test(String(type));
}

/** Content as blocks; a string is one text block. */
export function blocksOf(content: unknown): Json[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return array(content).map(object);
}

/** The text of a content, other blocks left out. */
export function textOf(content: unknown): string {
  return blocksOf(content)
    .filter((block) => block.type === "text")
    .map((block) => String(block.text ?? ""))
    .join("\n");
}

function promptOf(blocks: Json[]): string {
  const texts = blocks
    .filter((block) => block.type === "text")
    .map((block) =>
      String(block.text ?? "")
        .replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, "")
        .trim(),
    )
    .filter((text) => text !== "");
  return texts.at(-1) ?? "";
}

function citableOf(messages: Json[]): Turn["citable"] {
  const out: Turn["citable"] = [];
  let index = 0;
  for (const message of messages) {
    for (const block of blocksOf(message.content)) {
      if (block.type !== "document") continue;
      const source = object(block.source);
      const text = source.type === "text" ? String(source.data ?? "") : textOf(source.content);
      if (object(block.citations).enabled === true && text !== "") {
        out.push({ title: typeof block.title === "string" ? block.title : null, text, index });
      }
      index += 1;
    }
  }
  return out;
}

/** The value when it is an array, else an empty one. */
export function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value when it is an object, else an empty one. */
export function object(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
