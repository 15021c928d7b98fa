// What probes found, by the probe's name. A missing entry means that the probe did not run.

import type { CountFacts, MessageFacts } from "./facts/account.ts";
import type { CredentialFacts, SwapFacts } from "./facts/credentials.ts";
import type { CanaryFacts, ExternalDnsFacts, LookupFacts, NameserverFacts } from "./facts/dns.ts";
import type { CredentialLint, FirstRunFacts, ProxyLint, SettingsLint, UrlLint } from "./facts/environment.ts";
import type { ClockFacts, HelloFacts, HostFacts, PastFacts, StatusPageFacts } from "./facts/http.ts";
import type { RegionFacts, SoakFacts } from "./facts/long.ts";
import type { MtuFacts } from "./facts/mtu.ts";
import type { ProxyTlsFacts, ProxyTunnelFacts, ProxyUnusedFacts } from "./facts/proxy.ts";
import type { StreamFacts } from "./facts/streaming.ts";
import type { ConnectFacts, ControlFacts, RaceFacts, RouteFacts } from "./facts/tcp.ts";
import type { HandshakeFacts, MatrixFacts, TrustFileFacts } from "./facts/tls.ts";

/** Facts of one examination. */
export interface Facts {
  "env.credentials"?: CredentialLint;
  "env.url"?: UrlLint;
  "env.proxy"?: ProxyLint;
  "env.roots"?: TrustFileFacts;
  "env.settings"?: SettingsLint;
  "env.first-run"?: FirstRunFacts;
  "dns.lookup"?: LookupFacts;
  "dns.nameservers"?: NameserverFacts;
  "dns.canary"?: CanaryFacts;
  "dns.external"?: ExternalDnsFacts;
  "tcp.connect"?: ConnectFacts;
  "tcp.controls"?: ControlFacts;
  "tcp.race"?: RaceFacts;
  "tcp.route"?: RouteFacts;
  "mtu.sizes"?: MtuFacts;
  "tls.handshake"?: HandshakeFacts;
  "tls.matrix"?: MatrixFacts;
  "proxy.tunnel"?: ProxyTunnelFacts;
  "proxy.tls"?: ProxyTlsFacts;
  "proxy.unused"?: ProxyUnusedFacts;
  "http.hello"?: HelloFacts;
  "http.clock"?: ClockFacts;
  "http.hosts"?: HostFacts;
  "http.past"?: PastFacts;
  "http.status-page"?: StatusPageFacts;
  "credentials.accepted"?: CredentialFacts;
  "credentials.swap"?: SwapFacts;
  "account.count"?: CountFacts;
  "account.message"?: MessageFacts;
  "streaming.answer"?: StreamFacts;
  "long.soak"?: SoakFacts;
  "long.regions"?: RegionFacts;
}

export type FactName = keyof Facts;
