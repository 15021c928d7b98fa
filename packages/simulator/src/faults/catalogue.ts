// All kinds of faults, and the rows of the catalogue that have none.

import { acceptThenClose } from "./accept-then-close.ts";
import { acceptThenReset } from "./accept-then-reset.ts";
import { billing } from "./billing.ts";
import { buffer } from "./buffer.ts";
import { captivePortal } from "./captive-portal.ts";
import { coalesce } from "./coalesce.ts";
import { creditTooLow } from "./credit-too-low.ts";
import { cutMidFrame } from "./cut-mid-frame.ts";
import { cutMidUtf8 } from "./cut-mid-utf8.ts";
import { early413 } from "./early-413.ts";
import { edgeForbidden } from "./edge-forbidden.ts";
import { errorStatus } from "./error-status.ts";
import { fragment } from "./fragment.ts";
import { garbageHead } from "./garbage-head.ts";
import { gzip } from "./gzip.ts";
import { halfOpen } from "./half-open.ts";
import { headersNever } from "./headers-never.ts";
import { inStreamError } from "./in-stream-error.ts";
import { keepAliveRace } from "./keep-alive-race.ts";
import type { FaultKind } from "./kind.ts";
import { lineEndings } from "./line-endings.ts";
import { lostResponse } from "./lost-response.ts";
import { malformedEvent } from "./malformed-event.ts";
import { manyMessageDelta } from "./many-message-delta.ts";
import { modelNotFound } from "./model-not-found.ts";
import { noLastBlankLine } from "./no-last-blank-line.ts";
import { noMessageStop } from "./no-message-stop.ts";
import { nullUsage } from "./null-usage.ts";
import { overloaded } from "./overloaded.ts";
import { pauseTurn } from "./pause-turn.ts";
import { permission } from "./permission.ts";
import { pingOnly } from "./ping-only.ts";
import { promptTooLong } from "./prompt-too-long.ts";
import { rateLimit } from "./rate-limit.ts";
import { refusalStop } from "./refusal-stop.ts";
import { refuse } from "./refuse.ts";
import { reset } from "./reset.ts";
import { oddRetryAfter } from "./retry-after.ts";
import { serverError } from "./server-error.ts";
import { shortBody } from "./short-body.ts";
import { shouldRetry } from "./should-retry.ts";
import { slowDrip } from "./slow-drip.ts";
import { slowFirstByte } from "./slow-first-byte.ts";
import { spendCap } from "./spend-cap.ts";
import { spendLimit } from "./spend-limit.ts";
import { stall } from "./stall.ts";
import { threadLost } from "./thread-lost.ts";
import { truncate } from "./truncate.ts";
import { unauthorized } from "./unauthorized.ts";
import { unauthorizedOnce } from "./unauthorized-once.ts";
import { unknownBlock } from "./unknown-block.ts";
import { unknownDelta } from "./unknown-delta.ts";
import { unknownErrorType } from "./unknown-error-type.ts";
import { unknownEvent } from "./unknown-event.ts";
import { unknownStopReason } from "./unknown-stop-reason.ts";
import { wafChallenge } from "./waf-challenge.ts";
import { windowExceeded } from "./window-exceeded.ts";

/** Every kind: the connection first, then answers in place of the right one, then what happens inside an answer. */
export const FAULTS: readonly FaultKind[] = [
  refuse,
  acceptThenReset,
  acceptThenClose,
  halfOpen,
  keepAliveRace,
  garbageHead,
  early413,
  overloaded,
  rateLimit,
  spendCap,
  spendLimit,
  creditTooLow,
  billing,
  serverError,
  errorStatus,
  edgeForbidden,
  wafChallenge,
  captivePortal,
  unauthorized,
  unauthorizedOnce,
  permission,
  modelNotFound,
  promptTooLong,
  threadLost,
  shouldRetry,
  oddRetryAfter,
  slowFirstByte,
  headersNever,
  inStreamError,
  truncate,
  reset,
  cutMidFrame,
  cutMidUtf8,
  shortBody,
  lostResponse,
  stall,
  pingOnly,
  slowDrip,
  buffer,
  gzip,
  fragment,
  coalesce,
  lineEndings,
  noLastBlankLine,
  unknownEvent,
  unknownDelta,
  unknownBlock,
  unknownStopReason,
  unknownErrorType,
  manyMessageDelta,
  nullUsage,
  malformedEvent,
  noMessageStop,
  refusalStop,
  pauseTurn,
  windowExceeded,
];

/** Rows of protocol.md 12 without a kind, and why. */
export const OUT_OF_SCOPE: Readonly<Record<string, string>> = {
  F23: "Bedrock's binary event stream; the simulator has the Anthropic face only",
  F24: "Vertex and Google errors; the simulator has the Anthropic face only",
  "F16 (DNS)": "a name that does not resolve is made by asking for one, not by a server",
  "F16 (TLS certificate)":
    "the simulator speaks plain HTTP; https:// to its port fails in the handshake, and accept-then-reset with after=first-bytes resets after the ClientHello",
};
