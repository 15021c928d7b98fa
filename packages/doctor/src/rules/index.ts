// All rules, layer by layer.

import type { Rule } from "../finding.ts";
import { ACCOUNT_RULES } from "./account.ts";
import { CREDENTIAL_RULES } from "./credentials.ts";
import { DNS_RULES } from "./dns.ts";
import { ENVIRONMENT_RULES } from "./environment.ts";
import { HTTP_RULES } from "./http.ts";
import { LONG_RULES } from "./long-idle.ts";
import { MTU_RULES } from "./mtu.ts";
import { PROXY_LOGIN_RULES } from "./proxy-login.ts";
import { PROXY_PORT_RULES } from "./proxy-port.ts";
import { PROXY_PROTOCOL_RULES } from "./proxy-protocol.ts";
import { PROXY_REFUSAL_RULES } from "./proxy-refusals.ts";
import { PROXY_SETTING_RULES } from "./proxy-settings.ts";
import { PROXY_SLOW_RULES } from "./proxy-slow.ts";
import { PROXY_UNUSED_RULES } from "./proxy-unused.ts";
import { PROXY_VALUE_RULES } from "./proxy-values.ts";
import { STREAMING_BUFFERING_RULES } from "./streaming-buffering.ts";
import { STREAMING_CUT_RULES } from "./streaming-cuts.ts";
import { STREAMING_FRAME_RULES } from "./streaming-frames.ts";
import { STREAMING_REFUSED_RULES } from "./streaming-refused.ts";
import { TCP_RULES } from "./tcp.ts";
import { TLS_CERTIFICATE_RULES } from "./tls-certificate.ts";
import { TLS_CHANCE_RULES } from "./tls-chance.ts";
import { TLS_FAMILY_RULES } from "./tls-family.ts";
import { TLS_LINE_RULES } from "./tls-line.ts";
import { TLS_PEER_RULES } from "./tls-peer.ts";
import { TLS_ROOTS_RULES } from "./tls-roots.ts";
import { TLS_STORE_RULES } from "./tls-stores.ts";
import { TLS_TRUST_RULES } from "./tls-trust.ts";

/** Every rule. Codes are unique. */
export const RULES: readonly Rule[] = [
  ...ENVIRONMENT_RULES,
  ...DNS_RULES,
  ...TCP_RULES,
  ...MTU_RULES,
  ...TLS_STORE_RULES,
  ...TLS_ROOTS_RULES,
  ...TLS_TRUST_RULES,
  ...TLS_CERTIFICATE_RULES,
  ...TLS_PEER_RULES,
  ...TLS_FAMILY_RULES,
  ...TLS_LINE_RULES,
  ...TLS_CHANCE_RULES,
  ...PROXY_VALUE_RULES,
  ...PROXY_SETTING_RULES,
  ...PROXY_UNUSED_RULES,
  ...PROXY_PORT_RULES,
  ...PROXY_PROTOCOL_RULES,
  ...PROXY_LOGIN_RULES,
  ...PROXY_REFUSAL_RULES,
  ...PROXY_SLOW_RULES,
  ...HTTP_RULES,
  ...CREDENTIAL_RULES,
  ...ACCOUNT_RULES,
  ...STREAMING_BUFFERING_RULES,
  ...STREAMING_CUT_RULES,
  ...STREAMING_FRAME_RULES,
  ...STREAMING_REFUSED_RULES,
  ...LONG_RULES,
];
