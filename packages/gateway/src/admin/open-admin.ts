// The admin address of a running gateway: the contract's services, taken from what the gateway is made of.

import type { Server } from "node:http";
import { engineFigures } from "@fairlead/engine";
import type { Config } from "../config/config.ts";
import { cancel } from "../edge/cut-off.ts";
import type { Running } from "../edge/running.ts";
import type { Generation } from "../server/generation.ts";
import type { Standing } from "../server/standing.ts";
import { upstreamViews } from "../server/upstream-view.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { KEPT, type RecentRequests } from "../telemetry/recent-requests.ts";
import { underWayView } from "../telemetry/under-way.ts";
import type { UpstreamFigures } from "../telemetry/upstream-figures.ts";
import { AdminKeys } from "./admin-keys.ts";
import { adminServer } from "./admin-server.ts";
import { keysOf, projectsOf } from "./books.ts";
import { Failures } from "./gate/failures.ts";
import { keyNames } from "./key-names.ts";
import { People } from "./people/people.ts";
import { recogniser } from "./recognise.ts";
import type { AdminServices, LimitUse, Requests, Revisions, Upstreams } from "./services.ts";
import type { UpstreamOrders } from "./upstream-orders.ts";

/** What the gateway brings. */
export interface AdminParts {
  readonly standing: Standing;
  /** The one in force. */
  generation(): Generation;
  readonly running: Running;
  readonly recent: RecentRequests;
  readonly figures: UpstreamFigures;
  readonly metrics: Metrics;
  readonly orders: UpstreamOrders;
  ready(): boolean;
  /** The key in a file that only this machine's user can read. */
  readonly localKey: string | undefined;
  readonly revisions?: Revisions | undefined;
}

/** The server, not yet listening. Its address and options are those of the configuration that the gateway began with. */
export async function openAdmin(config: Config, parts: AdminParts): Promise<Server> {
  const { standing, generation } = parts;
  const { rt, stores, identity } = standing;
  const now = () => rt.clock.now();
  const made = new AdminKeys(rt, stores.records);
  const current = () => generation().config;
  const credentials = recogniser({
    localKey: parts.localKey,
    fileKeys: () => current().admin_keys,
    made,
    gate: () => generation().gate,
  });
  const services: AdminServices = {
    metrics: () => parts.metrics.print(),
    ready: parts.ready,
    state: () => stateOf(parts, now()),
    requests: requestsOf(parts, now),
    upstreams: upstreamsOf(parts),
    audit: stores.audit,
    auditHead: () => identity.audit.head,
    ledger: stores.ledger,
    prices: standing.ledger.prices,
    trail: identity.audit,
    projects: projectsOf(identity.projects, current),
    accounts: identity.services,
    families: identity.families,
    keys: keysOf(identity.keys, made, current),
    limits: limitsOf(standing, current),
    nameOf: keyNames(identity.directory, current),
    revisions: parts.revisions,
    recognise: credentials.recognise,
    addressOf: (req) => generation().gate.addressOf(req)?.toString(),
  };
  // The key of this machine's own commands is never kept waiting by who guesses over loopback.
  const failures = new Failures(rt.clock, ...(parts.localKey === undefined ? [] : [parts.localKey]));
  const signIn = config.admin_sign_in;
  const people = new People({
    rt,
    records: stores.records,
    trail: identity.audit,
    recognise: credentials.recognise,
    holds: credentials.holds,
    failures,
    projects: services.projects,
    devices: identity.devices,
    signIn,
    lifeMs: config.admin_api.session,
    addressOf: (req) => services.addressOf?.(req),
    endedAt: (actor) => identity.directory.revokedBefore(`actor:${actor}`),
  });
  const seen = signIn === undefined ? undefined : new URL(signIn.redirect_url);
  return adminServer({
    rt,
    services,
    people,
    failures,
    metricsOpen: config.admin_api.metrics_open,
    hosts: seen === undefined ? config.admin_hosts : [...config.admin_hosts, seen.hostname],
    origins: seen === undefined ? [] : [seen.origin],
    bodyBytes: config.admin_api.body_bytes,
  });
}

function stateOf({ generation, running, figures, ready }: AdminParts, now: number): object {
  const { config, pipeline, parts, upstreams } = generation();
  const circuits = parts.health.states();
  return {
    ready: ready(),
    pipeline: pipeline.describe(),
    ...engineFigures(parts, now),
    // A program's own limits are the client's.
    limits: undefined,
    upstreams: upstreamViews(config, upstreams, circuits, figures),
    circuits,
    streams: running.all().filter(({ stream }) => stream !== undefined).length,
  };
}

function upstreamsOf({ generation, figures, orders }: AdminParts): Upstreams {
  return {
    list() {
      const { config, parts, upstreams } = generation();
      const weights = new Map(config.upstreams.map(({ name, weight }) => [name, weight]));
      return upstreamViews(config, upstreams, parts.health.states(), figures).map((one) => ({
        ...one,
        weight: orders.of(one.name)?.weight ?? weights.get(one.name) ?? 1,
      }));
    },
    order: (name) => orders.of(name),
    set: (name, order) => orders.set(name, order),
  };
}

function limitsOf({ tenancy }: Standing, config: () => Config): LimitUse {
  return {
    lines: (project) => tenancy.lines(config(), project),
    sharing() {
      const { sharing, instances } = tenancy.figures(0);
      return { mode: sharing, instances };
    },
  };
}

type RequestView = ReturnType<Requests["recent"]>[number];

function requestsOf({ running, recent }: AdminParts, now: () => number): Requests {
  return {
    kept: KEPT,
    underWay: () => running.underWay().map((one) => underWayView(one, now()) as RequestView),
    recent: () => recent.list() as readonly RequestView[],
    find(id) {
      const found = running.find(id);
      return (found === undefined ? recent.find(id) : underWayView(found.about, now())) as RequestView | undefined;
    },
    cancel: (id) => cancel(running, id),
  };
}
