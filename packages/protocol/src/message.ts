// The shapes of the Messages API as far as Fairlead reads them. Unions are open: what is not named here may come.

/** A string that is usually one of T. */
export type Open<T extends string> = T | (string & {});

export type StopReason = Open<
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "pause_turn"
  | "refusal"
  | "model_context_window_exceeded"
  | "compaction"
>;

export interface TextBlock {
  readonly type: "text";
  readonly text: string;
  readonly citations?: readonly unknown[] | null;
}
export interface ThinkingBlock {
  readonly type: "thinking";
  readonly thinking: string;
  readonly signature: string;
}
export interface RedactedThinkingBlock {
  readonly type: "redacted_thinking";
  readonly data: string;
}
export interface ToolUseBlock {
  readonly type: "tool_use" | "server_tool_use" | "mcp_tool_use";
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}
export interface ToolResultBlock {
  readonly type: "tool_result";
  readonly tool_use_id: string;
  readonly content?: string | readonly ContentBlock[];
  readonly is_error?: boolean;
}
/** Any other block: images, documents, results of server tools, and what comes later. */
export interface OtherBlock {
  readonly type: string & {};
  readonly [field: string]: unknown;
}
export type ContentBlock =
  | TextBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ToolResultBlock
  | OtherBlock;

/** `usage` as it stands on the wire; `readUsage` makes sense of it. */
export interface WireUsage {
  readonly input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation?: {
    readonly ephemeral_5m_input_tokens?: number | null;
    readonly ephemeral_1h_input_tokens?: number | null;
  } | null;
  readonly output_tokens?: number | null;
  readonly output_tokens_details?: { readonly thinking_tokens?: number | null } | null;
  readonly server_tool_use?: {
    readonly web_search_requests?: number | null;
    readonly web_fetch_requests?: number | null;
  } | null;
  readonly service_tier?: string | null;
  readonly speed?: string | null;
  readonly inference_geo?: string | null;
  readonly iterations?: readonly unknown[] | null;
  readonly [field: string]: unknown;
}

/** A whole answer, or the head of one in `message_start`. */
export interface Message {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: readonly ContentBlock[];
  readonly stop_reason: StopReason | null;
  readonly stop_sequence: string | null;
  readonly stop_details?: unknown;
  readonly usage: WireUsage;
  readonly [field: string]: unknown;
}

/** One turn of a request. */
export interface MessageParam {
  readonly role: Open<"user" | "assistant" | "system">;
  readonly content: string | readonly ContentBlock[];
}

/** A request, as far as it is read anywhere. */
export interface MessageRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly MessageParam[];
  readonly system?: string | readonly ContentBlock[];
  readonly stream?: boolean;
  readonly stop_sequences?: readonly string[];
  readonly tools?: readonly unknown[];
  readonly tool_choice?: { readonly type: Open<"auto" | "any" | "tool" | "none">; readonly name?: string };
  readonly thinking?: { readonly type: Open<"adaptive" | "enabled" | "disabled">; readonly budget_tokens?: number };
  readonly metadata?: { readonly user_id?: string | null };
  readonly [field: string]: unknown;
}

export type Delta =
  | { readonly type: "text_delta"; readonly text: string }
  | { readonly type: "input_json_delta"; readonly partial_json: string }
  | { readonly type: "thinking_delta"; readonly thinking: string }
  | { readonly type: "signature_delta"; readonly signature: string }
  | { readonly type: "citations_delta"; readonly citation: unknown }
  | { readonly type: string & {}; readonly [field: string]: unknown };

/** The data of an SSE `error` event, and the body of an error answer. */
export interface ErrorEvent {
  readonly type: "error";
  readonly error: {
    readonly type: string;
    readonly message: string;
    readonly details?: { readonly error_code?: string; readonly [field: string]: unknown } | null;
  };
  readonly request_id?: string | null;
}

/** The data of one event of a stream. `data.type` equals the event's name. */
export type StreamEvent =
  | { readonly type: "message_start"; readonly message: Message }
  | { readonly type: "content_block_start"; readonly index: number; readonly content_block: ContentBlock }
  | { readonly type: "content_block_delta"; readonly index: number; readonly delta: Delta }
  | { readonly type: "content_block_stop"; readonly index: number }
  | {
      readonly type: "message_delta";
      readonly delta: {
        readonly stop_reason?: StopReason | null;
        readonly stop_sequence?: string | null;
        readonly [field: string]: unknown;
      };
      readonly usage?: WireUsage | null;
    }
  | { readonly type: "message_stop"; readonly [field: string]: unknown }
  | { readonly type: "ping" }
  | ErrorEvent;

/** An event of a kind not known here; to be passed on as it is. */
export interface OtherEvent {
  readonly type: string & {};
  readonly [field: string]: unknown;
}
