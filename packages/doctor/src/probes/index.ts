// All probes, in the order of the line.

import type { Probe } from "../probe.ts";
import { dnsCanary } from "./dns-canary.ts";
import { dnsExternal } from "./dns-external.ts";
import { dnsLookup } from "./dns-lookup.ts";
import { dnsNameservers } from "./dns-nameservers.ts";
import { envProxy } from "./env-proxy.ts";
import { proxyTls } from "./proxy-tls.ts";
import { proxyTunnel } from "./proxy-tunnel.ts";
import { proxyUnused } from "./proxy-unused.ts";
import { tcpConnect } from "./tcp-connect.ts";
import { tcpControls } from "./tcp-controls.ts";
import { tcpRace } from "./tcp-race.ts";
import { longRegions } from "./long-regions.ts";
import { longSoak } from "./long-soak.ts";
import { streamingAnswer } from "./streaming-answer.ts";
import { tcpRoute } from "./tcp-route.ts";

/** Every probe; the order is that of the screen. */
export const PROBES: readonly Probe[] = [
  envProxy,
  dnsLookup,
  dnsNameservers,
  dnsCanary,
  dnsExternal,
  tcpConnect,
  tcpControls,
  tcpRace,
  proxyTls,
  proxyTunnel,
  proxyUnused,
  tcpRoute,
  streamingAnswer,
  longSoak,
  longRegions,
];
