// Limits, upstreams, requests: looked at and turned.

import type { Json } from "@fairlead/stores";
import type { LimitLine } from "../../tenancy/limit-lines.ts";
import { AdminRefusal } from "../admin-refusal.ts";
import { audited } from "../audited.ts";
import type { LIMIT_ROUTES, REQUEST_ROUTES, UPSTREAM_ROUTES } from "../contract/operation-routes.ts";
import { type Caller, projectFor, sees } from "../gate/gate.ts";
import type { NameOf } from "../key-names.ts";
import type { UpstreamOrder } from "../services.ts";
import { type Bench, found, type Handlers, isoTime } from "./handler.ts";

/** Handlers of upstreams. */
export function upstreamHandlers({ rt, services }: Bench): Handlers<keyof typeof UPSTREAM_ROUTES> {
  const { upstreams, trail } = services;
  const all = () =>
    upstreams.list().map((one) => ({
      state: "closed",
      why: "",
      ...one,
      control: controlView(upstreams.order(one.name)),
    }));
  const view = (name: string) =>
    found(
      all().find((one) => one.name === name),
      "upstream",
      name,
      "fairlead upstreams lists them.",
    );
  const set = async (name: string, order: UpstreamOrder | undefined, caller: Caller) => {
    const before = view(name).control;
    const deed = {
      action: order === undefined ? "upstream.clear" : "upstream.control",
      subject: `upstream:${name}`,
      before: before as Json,
      after: controlView(order) as Json,
    };
    return audited(trail, caller, deed, async () => {
      await upstreams.set(name, order);
      return view(name);
    });
  };
  return {
    async listUpstreams() {
      return { upstreams: all() };
    },
    async getUpstream({ params }) {
      return view(params.upstream);
    },
    async controlUpstream({ caller, params, body }) {
      view(params.upstream);
      const now = rt.clock.wall();
      const old = upstreams.order(params.upstream);
      const mode = body.mode ?? old?.mode ?? "normal";
      const weight = body.weight === undefined ? old?.weight : (body.weight ?? undefined);
      const end = body.for_seconds === undefined ? undefined : now + body.for_seconds * 1_000;
      // What is not asked for keeps the end that it has.
      const { until: oldEnd, weightUntil: oldWeightEnd = oldEnd } = old ?? {};
      const weightEnd = body.weight === undefined ? (oldWeightEnd ?? undefined) : end;
      const until = mode === "normal" ? weightEnd : body.mode === undefined ? oldEnd : end;
      const order: UpstreamOrder = {
        mode,
        weight,
        reason: body.reason ?? (body.mode === undefined ? old?.reason : undefined),
        by: caller.actor,
        at: now,
        until,
        ...(weight === undefined || weightEnd === until ? {} : { weightUntil: weightEnd ?? null }),
      };
      const nothing = order.mode === "normal" && order.weight === undefined;
      return set(params.upstream, nothing ? undefined : order, caller);
    },
    async clearUpstream({ caller, params }) {
      return set(params.upstream, undefined, caller);
    },
  };
}

/** Handlers of requests. */
export function requestHandlers({ services }: Bench): Handlers<keyof typeof REQUEST_ROUTES> {
  const { requests, trail } = services;
  const SHOWN = 200;
  return {
    async listRequests({ caller, query }) {
      const project = projectFor(caller, query.project);
      const mine = (one: { readonly project: string | null }) => project === undefined || one.project === project;
      const running = requests.underWay().filter(mine);
      return {
        kept: requests.kept,
        under_way: { total: running.length, requests: running.slice(0, SHOWN).map(copy) },
        requests: requests.recent().filter(mine).map(copy),
      };
    },
    async getRequest({ caller, params }) {
      const one = requests.find(params.request);
      const hint = `Neither a request under way nor one of the last ${requests.kept} has this id. Older ones are in the log and in /api/ledger.`;
      return copy(
        found(one !== undefined && sees(caller, one.project) ? one : undefined, "request", params.request, hint),
      );
    },
    async cancelRequest({ caller, params }) {
      const hint = "It is not under way: it has ended, or never was.";
      const one = found(
        requests.underWay().find(({ id }) => id === params.request),
        "request under way with the id",
        params.request,
        hint,
      );
      const deed = { action: "request.cancel", subject: `request:${one.id}`, project: one.project ?? undefined };
      return audited(trail, caller, deed, async () => {
        if (!requests.cancel(one.id)) throw new AdminRefusal("admin_no_such", { what: "request", id: one.id, hint });
        return { cancelled: one.id };
      });
    },
  };
}

/** Handlers of limits. */
export function limitHandlers({ rt, services }: Bench): Handlers<keyof typeof LIMIT_ROUTES> {
  return {
    async listLimits({ caller, query }) {
      const { limits } = services;
      const lines = (await limits.lines(projectFor(caller, query.project))).filter((one) => sees(caller, one.project));
      const { mode, instances } = limits.sharing();
      return {
        at: isoTime(rt.clock.wall()),
        sharing: mode,
        instances,
        total: lines.length,
        limits: lines.slice(0, query.limit).map((one) => limitView(one, services.nameOf)),
      };
    },
  };
}

function limitView({ keyId, models, project, used, remaining, resetsAt, ...line }: LimitLine, nameOf?: NameOf) {
  return {
    ...line,
    project: project ?? null,
    key: keyId ?? null,
    name: (keyId === undefined ? undefined : nameOf?.(keyId)) ?? null,
    models: models ?? null,
    used: used ?? null,
    remaining: remaining ?? null,
    resets_at: isoTime(resetsAt),
  };
}

function copy<T extends object>(one: T): { [K in keyof T]: T[K] } {
  return { ...one };
}

function controlView(order: UpstreamOrder | undefined) {
  if (order === undefined) return null;
  const { until, weight, weightUntil = until } = order;
  return {
    mode: order.mode,
    weight: weight ?? null,
    reason: order.reason ?? null,
    by: order.by,
    at: isoTime(order.at),
    until: isoTime(until),
    weight_until: weight === undefined ? null : isoTime(weightUntil ?? undefined),
  };
}
