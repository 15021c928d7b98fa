// Everyone who is put to the proof, the engine first.

import { FAIRLEAD } from "./fairlead.ts";
import { ANTHROPIC_SDK } from "./peers/anthropic-sdk.ts";
import { AWS_STANDARD } from "./peers/aws-standard.ts";
import { ENVOY } from "./peers/envoy.ts";
import { FINAGLE } from "./peers/finagle.ts";
import { GRPC_A6 } from "./peers/grpc-a6.ts";
import { LITELLM } from "./peers/litellm.ts";
import { NO_RETRY } from "./peers/no-retry.ts";
import { PORTKEY } from "./peers/portkey.ts";
import { UNDICI } from "./peers/undici.ts";
import type { Subject } from "./subject.ts";

/** The engine, then its peers. */
export const SUBJECTS: readonly Subject[] = [
  FAIRLEAD,
  NO_RETRY,
  ANTHROPIC_SDK,
  GRPC_A6,
  AWS_STANDARD,
  FINAGLE,
  LITELLM,
  PORTKEY,
  ENVOY,
  UNDICI,
];
