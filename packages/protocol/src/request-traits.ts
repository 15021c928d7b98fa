// What a request asks for besides words: whether its answer is sampled, and whether tools of the server take part.
import { skipSpace } from "./json-bytes.ts";
import { ObjectWalk, wantedKey } from "./object-walk.ts";

/** Traits of a request of the Messages API. */
export interface RequestTraits {
  /** `temperature` at the top; undefined when it is absent or no number. */
  readonly temperature: number | undefined;
  /** Whether tools may run on the server: they have effects, cost money of their own, and see another world each time. */
  readonly serverTools: boolean;
}

const TEMPERATURE = wantedKey("temperature");
const TOOLS = wantedKey("tools");
const MCP_SERVERS = wantedKey("mcp_servers");
const CONTAINER = wantedKey("container");
const WANTED = [TEMPERATURE, TOOLS, MCP_SERVERS, CONTAINER] as const;

/** Tools that Anthropic defines and the caller runs; any other type but `custom` is taken for one of the server's. */
const CALLERS_OWN = /^(?:custom|(?:bash|text_editor|computer|memory)_\d+)$/;

/** Finds the traits by one walk over the top of the body. A body that is no JSON counts as one with tools of the server. */
export function scanTraits(body: Buffer): RequestTraits {
  let temperature: number | undefined;
  let serverTools = false;
  const walk = new ObjectWalk(body);
  const end = walk.object(skipSpace(body, body[0] === 0xef ? 3 : 0), WANTED, (key, from, to) => {
    if (key === TEMPERATURE) {
      const number = Number(body.toString("latin1", from, to));
      temperature = Number.isFinite(number) ? number : undefined;
    } else if (key === TOOLS) serverTools ||= holdsServerTool(body.toString("utf8", from, to));
    else if (key === MCP_SERVERS) serverTools ||= to - from > 2 && body.toString("latin1", from, to) !== "null";
    else serverTools ||= body.toString("latin1", from, Math.min(to, from + 5)) !== "null";
  });
  return { temperature, serverTools: serverTools || end < 0 };
}

function holdsServerTool(text: string): boolean {
  let tools: unknown;
  try {
    tools = JSON.parse(text);
  } catch {
    return true;
  }
  if (tools === null) return false;
  if (!Array.isArray(tools)) return true;
  return tools.some((tool: unknown) => {
    const type = typeof tool === "object" && tool !== null && "type" in tool ? tool.type : undefined;
    return !(type === undefined || type === null || (typeof type === "string" && CALLERS_OWN.test(type)));
  });
}
