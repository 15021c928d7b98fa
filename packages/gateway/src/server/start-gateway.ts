// Starts the gateway: the two listeners, the pings, the drain.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { engineFigures } from "@fairlead/engine";
import { Bus, pause, type Runtime, Signal, type Timer, Turn } from "@fairlead/runtime";
import { openAdmin } from "../admin/open-admin.ts";
import type { Address, Config } from "../config/config.ts";
import { cutOff } from "../edge/cut-off.ts";
import { type Edge, handle } from "../edge/handle.ts";
import { LeanRequest } from "../edge/lean-request.ts";
import { Running } from "../edge/running.ts";
import { revisionsOf } from "../fleet/admin-revisions.ts";
import type { ConfigFleet } from "../fleet/config-fleet.ts";
import type { ConfigSource } from "../fleet/config-reader.ts";
import { fleetGauges } from "../fleet/fleet-gauges.ts";
import { openFleet } from "../fleet/open-fleet.ts";
import type { Identity } from "../identity/identity.ts";
import { PlainConnections } from "../plain/plain-connections.ts";
import { AlertService } from "../telemetry/alerts/alert-service.ts";
import type { ServerFact } from "../telemetry/edge-facts.ts";
import { Metrics } from "../telemetry/metrics.ts";
import { TraceService } from "../telemetry/otel/trace-service.ts";
import { RecentRequests } from "../telemetry/recent-requests.ts";
import { RequestLog } from "../telemetry/request-log.ts";
import { UpstreamFigures } from "../telemetry/upstream-figures.ts";
import { Generations } from "./generations.ts";
import { watchHalfClosed } from "./half-closed.ts";
import { guard } from "./hostile.ts";
import { readRooms } from "./room-readings.ts";
import { openStanding } from "./standing.ts";
import { connectionCounts, upstreamStates } from "./upstream-view.ts";

/** A running gateway. */
export interface Gateway {
  /** Address of the data plane, such as http://127.0.0.1:4100. */
  readonly url: string;
  readonly adminUrl: string;
  /** Projects, keys, services and sign-ins, for a program that holds the gateway in its own process. */
  readonly identity: Identity;
  /**
   * Takes no new requests, lets those under way finish, then closes. Those that are not done when the configured grace
   * is over are told so: a stream by an error event, a client without an answer by a 503. Resolves with how many.
   */
  drain(): Promise<number>;
  /** Closes at once: streams under way are cut. */
  close(): Promise<void>;
  /** Changes the configuration; undefined when it has no source. */
  readonly fleet: ConfigFleet | undefined;
}

/** What a gateway is given besides its configuration. */
export interface GatewayDoors {
  /** Gets whole lines of JSON, possibly many at once. */
  log(text: string): void;
  /** A key that opens the admin address: the caller keeps it where only this machine's user can read it. */
  readonly adminKey?: string | undefined;
  /** Where the configuration came from, to be followed; undefined: it stays as it is. */
  readonly source?: (ConfigSource & { readonly files: readonly string[] }) | undefined;
}

/** An address could not be listened on. `code` is Node's, the message names the fix. */
export class ListenError extends Error {
  readonly code: string;

  constructor(what: string, address: Address, e: NodeJS.ErrnoException) {
    const fix =
      e.code === "EADDRINUSE"
        ? "the port is in use: stop what listens there, or choose another port"
        : e.code === "EACCES"
          ? "ports below 1024 need more rights: choose a higher one"
          : e.code === "EADDRNOTAVAIL"
            ? "this machine has no such address: use 127.0.0.1, 0.0.0.0 or one of its own"
            : e.message;
    super(`cannot listen on ${address.host}:${address.port} (${what}): ${fix}`);
    this.code = e.code ?? "";
  }
}

/** Connections from clients are kept for this long when idle: longer than any client or balancer keeps them, milliseconds. */
const KEEP_ALIVE_MS = 620_000;
/** A body has this long to arrive in all, milliseconds; its silence is watched besides. */
const BODY_MS = 600_000;
/** What is told to clients at the end of the grace time has this long to reach them, milliseconds. */
const LAST_WORDS_MS = 1_000;
/** Longest request head on the admin address, bytes: Node's own limit. */
const ADMIN_HEADER_BYTES = 16_384;
/** How often silent streams are looked at, milliseconds. */
const TICK_MS = 500;

/** Starts listening. Rejects with a ListenError when an address cannot be had. */
export async function startGateway(config: Config, base: Runtime, io: GatewayDoors): Promise<Gateway> {
  // A bus of its own: several gateways in one process must not hear each other.
  const bus = new Bus();
  const rt: Runtime = { clock: base.clock, random: base.random, bus, emit: bus.emit };
  const originOf = (name: string) => generations.current.config.upstreams.find((one) => one.name === name)?.base_url;
  const tracing = new TraceService(hostname(), rt, originOf);
  await tracing.ready(config.otel);
  bus.listen(tracing.listen);
  const standing = await openStanding(config, rt);
  const opened = io.source === undefined ? undefined : await openFleet(config, io.source, standing);
  // A start with another configuration than the file's may want what the file does not.
  await tracing.ready(opened?.begun.config.otel).catch(async (e: unknown) => {
    await standing.close();
    throw e;
  });
  const generations = new Generations(
    opened?.begun.config ?? config,
    standing,
    (next) => use(next.config),
    (next) => tracing.ready(next.otel),
  );
  let fleet: ConfigFleet | undefined;
  const running = new Running();
  let ready = true;
  let cut = false;
  const metrics = new Metrics(
    rt,
    {
      streams: () => openStreams(running),
      connections: () => connectionCounts(generations.current.upstreams),
      upstreams: () => upstreamStates(generations.current.upstreams, generations.current.parts.health.states()),
      engine: () => engineFigures(generations.current.parts, rt.clock.now()),
    },
    standing.ledger.prices,
  );
  readRooms(metrics.rooms, standing, () => generations.current);
  const log = new RequestLog(rt, io.log, config.log.requests);
  const recent = new RecentRequests(rt, standing.ledger.prices);
  const figures = new UpstreamFigures(rt.clock);
  bus.listen(metrics.listen);
  bus.listen(log.listen);
  bus.listen(recent.listen);
  bus.listen(figures.listen);
  const edge: Edge = {
    rt,
    get tracing() {
      return tracing.current;
    },
    get generation() {
      return generations.current;
    },
    get choose() {
      return generations.candidate === undefined ? undefined : generations.chosen;
    },
    get oauth() {
      return standing.identity.oauth;
    },
    held: { bytes: 0, limit: config.limits.bodies_bytes },
    running,
    turn: new Turn(),
    ready: () => ready,
    cut: () => cut,
  };

  const server = createServer(
    {
      IncomingMessage: LeanRequest,
      maxHeaderSize: config.limits.header_bytes,
      requireHostHeader: false,
      headersTimeout: config.limits.header_timeout,
      requestTimeout: BODY_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(2_000, Math.max(250, config.limits.header_timeout / 4)),
    },
    (req, res) => handle(edge, req, res),
  );
  const plain = new PlainConnections(
    server,
    rt.clock,
    { headLimit: config.limits.header_bytes, keepAliveMs: KEEP_ALIVE_MS, requestMs: BODY_MS },
    (req, res) => handle(edge, req, res),
    watchHalfClosed(server, edge.running, rt.clock),
  );
  server.on("checkContinue", (req: LeanRequest, res: ServerResponse<LeanRequest>) => handle(edge, req, res, true));
  // Their bytes are bounded; beyond a count Node would leave headers out without a word.
  server.maxHeadersCount = 0;
  guard(server, rt, config.limits.header_bytes);
  const alerts = new AlertService({
    rt,
    stores: standing.stores,
    metrics,
    prices: standing.ledger.prices,
    upstreams: () => upstreamStates(generations.current.upstreams, generations.current.parts.health.states()),
    instance: () => `${hostname()} ${address(server)}`,
  });
  /** What a configuration says of things that outlive it. */
  const use = (next: Config) => {
    const { limits, log: logging, alerts: told } = next;
    standing.ledger.apply(next);
    server.maxConnections = limits.connections;
    server.headersTimeout = limits.header_timeout;
    edge.held.limit = limits.bodies_bytes;
    log.requests = logging.requests;
    alerts.use(told);
    tracing.use(next.otel);
  };
  use(generations.current.config);
  const admin = await openAdmin(config, {
    standing,
    generation: () => generations.current,
    running,
    recent,
    figures,
    metrics,
    orders: standing.orders,
    ready: () => ready,
    localKey: io.adminKey,
    revisions: opened === undefined ? undefined : revisionsOf(() => fleet),
  });
  guard(admin, rt, ADMIN_HEADER_BYTES);

  try {
    await listen(server, "listen", config.listen);
    await listen(admin, "admin", config.admin);
  } catch (e) {
    if (server.listening) await shut(server);
    await alerts.close();
    generations.close();
    await standing.close();
    throw e;
  }
  const ticker = ticking(rt, running, () => generations.current.config.stream.ping);
  const tell = (event: ServerFact["event"], detail: string) => {
    const fact: ServerFact = { kind: "server", at: rt.clock.now(), event, detail };
    rt.emit(fact);
  };
  const url = address(server);
  const adminUrl = address(admin);
  standing.identity.listening(url, adminUrl);
  tell("listening", `data ${url}, admin ${adminUrl}`);
  if (opened !== undefined) {
    fleet = opened.fleet(instanceName(server), generations, tell, (result) =>
      metrics.rooms.configReloads.add([result]),
    );
    fleetGauges(metrics.rooms, fleet);
    await fleet.start();
  }

  const stop = async () => {
    ready = false;
    ticker.stop();
    const told = alerts.close();
    await fleet?.stop();
    generations.close();
    plain.close();
    await Promise.all([shut(server), shut(admin), told]);
    await tracing.close();
    await standing.close();
    log.flush();
  };
  return {
    url,
    adminUrl,
    identity: standing.identity,
    async drain() {
      ready = false;
      tell("draining", `${running.size} requests under way`);
      const never = new Signal();
      const empty = async (ms: number) => {
        const until = rt.clock.now() + ms;
        while (running.size > 0 && rt.clock.now() < until) await pause(rt.clock, Math.min(50, ms), never);
      };
      await empty(generations.current.config.drain.grace);
      const left = running.size;
      if (left > 0) {
        cut = true;
        cutOff(running, rt);
        await empty(LAST_WORDS_MS);
      }
      tell("drained", left === 0 ? "every request was answered" : `${left} requests cut off after the grace time`);
      await stop();
      return left;
    },
    close: stop,
    fleet,
  };
}

/** Looks at silent streams, and only while there are streams. */
function ticking(rt: Runtime, running: Running, pingMs: () => number): { stop(): void } {
  let timer: Timer;
  const tick = () => {
    const now = rt.clock.now();
    for (const { stream } of running.all()) stream?.tick(now, pingMs());
    timer = rt.clock.timer(TICK_MS, tick);
  };
  timer = rt.clock.timer(TICK_MS, tick);
  return { stop: () => timer.cancel() };
}

function listen(server: Server, what: string, at: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (e: NodeJS.ErrnoException) => reject(new ListenError(what, at, e)));
    server.listen({ host: at.host, port: at.port, backlog: 4_096 }, resolve);
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function address(server: Server): string {
  const { address: host, family, port } = server.address() as AddressInfo;
  return `http://${family === "IPv6" ? `[${host}]` : host}:${port}`;
}

/** The same after a restart, as long as the machine and the port are: `host:4100`. */
function instanceName(server: Server): string {
  return `${hostname()}:${(server.address() as AddressInfo).port}`;
}

function openStreams(running: Running): number {
  return running.all().filter(({ stream }) => stream !== undefined).length;
}
