// All rules, layer by layer.

import type { Rule } from "../finding.ts";
import { DNS_RULES } from "./dns.ts";
import { ENVIRONMENT_RULES } from "./environment.ts";
import { TCP_RULES } from "./tcp.ts";
import { LONG_RULES } from "./long-idle.ts";
import { STREAMING_BUFFERING_RULES } from "./streaming-buffering.ts";
import { STREAMING_CUT_RULES } from "./streaming-cuts.ts";
import { STREAMING_FRAME_RULES } from "./streaming-frames.ts";

/** Every rule. Codes are unique. */
export const RULES: readonly Rule[] = [
  ...ENVIRONMENT_RULES,
  ...DNS_RULES,
  ...TCP_RULES,
  ...STREAMING_BUFFERING_RULES,
  ...STREAMING_CUT_RULES,
  ...STREAMING_FRAME_RULES,
  ...LONG_RULES,
];
