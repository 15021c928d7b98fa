// Everything the protocol room offers.

export { compactJson } from "./compact-json.ts";
export { formatDay, formatHttpDate, formatRfc3339, parseDay, parseHttpDate, parseRfc3339, utcMs } from "./dates.ts";
export { awsErrorType, type ErrorDialect, type ErrorReading, readError } from "./error-body.ts";
export {
  type ErrorFacts,
  isBodyTooLarge,
  isContextTooLong,
  isPrefillRejected,
  isRampLimit,
  isRegionBlocked,
  isServiceQuota,
  isSpendLimit,
  isThinkingBlockRejected,
  isThinkingModeRejected,
  isThreadLost,
  isUnknownBeta,
  isUnknownField,
} from "./error-traps.ts";
export {
  ERRORS,
  type ErrorBodyOptions,
  type ErrorRow,
  type ErrorType,
  errorBody,
  sdkRetriesStatus,
  statusOfType,
  typeOfStatus,
} from "./errors.ts";
export {
  API_VERSIONS,
  type GetHeader,
  HEADER,
  HOP_BY_HOP,
  RATE_LIMIT_HEADERS,
  type RateLimit,
  type RateLimits,
  rawAll,
  rawGet,
  readBetas,
  readRateLimits,
  retryAfterMs,
} from "./headers.ts";
export { opensTurn, type PrefixSpans, type Span, scanPrefix, scanTies, type TieKind } from "./history-scan.ts";
export type {
  ContentBlock,
  Delta,
  ErrorEvent,
  Message,
  MessageParam,
  MessageRequest,
  Open,
  OtherBlock,
  OtherEvent,
  RedactedThinkingBlock,
  StopReason,
  StreamEvent,
  TextBlock,
  ThinkingBlock,
  ToolResultBlock,
  ToolUseBlock,
  WireUsage,
} from "./message.ts";
export { findModel, MODELS, type Model, type PriceRow, plainModelId, type ThinkingFacts } from "./models.ts";
export {
  type Cost,
  type CostOptions,
  costOf,
  formatUsd,
  LISTED_PRICES,
  PICO_PER_USD,
  type Priced,
  type Prices,
  priceAt,
  priceRowName,
} from "./prices.ts";
export { type RequestTraits, scanTraits } from "./request-traits.ts";
export {
  type AnswerScan,
  type BodyScan,
  type ScanFailure,
  type ScannedBody,
  scanAnswer,
  scanBody,
  spliceModel,
} from "./scan.ts";
export {
  EVENT_NAMES,
  frameData,
  frameName,
  type ParsedFrame,
  PING_FRAME,
  parseFrame,
  printFrame,
  SseReader,
  SseSplitter,
} from "./sse.ts";
export {
  billedTokens,
  limitedInput,
  mergeUsage,
  NO_USAGE,
  printUsage,
  readUsage,
  type Tokens,
  totalInput,
  type Usage,
  type UsageIteration,
} from "./usage.ts";
