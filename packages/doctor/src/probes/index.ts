// All probes, in the order of the line.

import type { Probe } from "../probe.ts";
import { accountCount } from "./account-count.ts";
import { accountMessage } from "./account-message.ts";
import { credentialsAccepted } from "./credentials-accepted.ts";
import { credentialsSwap } from "./credentials-swap.ts";
import { dnsCanary } from "./dns-canary.ts";
import { dnsExternal } from "./dns-external.ts";
import { dnsLookup } from "./dns-lookup.ts";
import { dnsNameservers } from "./dns-nameservers.ts";
import { envCredentials } from "./env-credentials.ts";
import { envFirstRun } from "./env-first-run.ts";
import { envProxy } from "./env-proxy.ts";
import { envRoots } from "./env-roots.ts";
import { envSettings } from "./env-settings.ts";
import { envUrl } from "./env-url.ts";
import { httpClock } from "./http-clock.ts";
import { httpHello } from "./http-hello.ts";
import { httpHosts } from "./http-hosts.ts";
import { httpPast } from "./http-past.ts";
import { httpStatusPage } from "./http-status-page.ts";
import { longRegions } from "./long-regions.ts";
import { longSoak } from "./long-soak.ts";
import { mtuSizes } from "./mtu-sizes.ts";
import { proxyTls } from "./proxy-tls.ts";
import { proxyTunnel } from "./proxy-tunnel.ts";
import { proxyUnused } from "./proxy-unused.ts";
import { streamingAnswer } from "./streaming-answer.ts";
import { tcpConnect } from "./tcp-connect.ts";
import { tcpControls } from "./tcp-controls.ts";
import { tcpRace } from "./tcp-race.ts";
import { tcpRoute } from "./tcp-route.ts";
import { tlsHandshake } from "./tls-handshake.ts";
import { tlsMatrix } from "./tls-matrix.ts";

/** Every probe; the order is that of the screen. */
export const PROBES: readonly Probe[] = [
  envSettings,
  envUrl,
  envCredentials,
  envProxy,
  envRoots,
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
  tlsHandshake,
  tlsMatrix,
  mtuSizes,
  httpHello,
  httpClock,
  httpHosts,
  envFirstRun,
  credentialsAccepted,
  credentialsSwap,
  accountCount,
  accountMessage,
  httpPast,
  httpStatusPage,
  streamingAnswer,
  longSoak,
  longRegions,
];
