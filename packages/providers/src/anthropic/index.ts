// The Messages API as a provider: targets, the judge, the readers of its answers.

export { type BatchResult, BatchResults } from "./batch-results.ts";
export { ClaudeReader } from "./claude-reader.ts";
export type { KeySource } from "./credential.ts";
export { errorFrame } from "./error-frame.ts";
export { JsonReader } from "./json-reader.ts";
export { collect, type Judging, judge, refusal, type WireHead } from "./judge.ts";
export { OpenAiReader } from "./openai-reader.ts";
export { requestHeaders } from "./request-headers.ts";
export { type AnthropicOptions, type AnthropicTarget, anthropicTarget } from "./target.ts";
export { unpackerOf } from "./unpacker.ts";
export { verdictOfType } from "./verdict-of-type.ts";
