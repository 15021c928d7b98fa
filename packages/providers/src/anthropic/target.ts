// A target that speaks the Messages API itself: api.anthropic.com, a relay, the simulator.

import { type Code, type Exchange, failure, type Outcome, type Target } from "@fairlead/engine";
import { findModel, spliceModel } from "@fairlead/protocol";
import type { Runtime } from "@fairlead/runtime";
import type { EndpointOptions } from "../transport/endpoint.ts";
import { Pool, type PoolStats } from "../transport/index.ts";
import type { WireResult } from "../transport/pool.ts";
import { batchOfResults } from "./batch-results.ts";
import { CredentialLine, type KeySource } from "./credential.ts";
import { judge } from "./judge.ts";
import { requestHeaders } from "./request-headers.ts";
import { unpacked } from "./unpacked.ts";

/** One upstream of the Messages API. */
export interface AnthropicOptions {
  readonly name: string;
  readonly endpoint: EndpointOptions;
  /** The upstream's key, or where it is read from for every request; undefined passes the caller's credentials on. */
  readonly apiKey?: string | KeySource | undefined;
  /** How the key is sent. Default `x-api-key`. */
  readonly auth?: "x-api-key" | "bearer" | undefined;
  /** Default: the provider and host of the URL. */
  readonly platform?: string | undefined;
  /** Default: the target's name. */
  readonly account?: string | undefined;
  /** Its share beside other targets of the same rule, above 0. Default 1. */
  readonly weight?: number | undefined;
  /** Which region it is in. Default: one of its own. */
  readonly region?: string | undefined;
  /** Tokens, when this upstream takes less than the model could. */
  readonly contextWindow?: number | undefined;
  /** The upstream's own name for a model. Default: the same name. */
  readonly modelName?: ((model: string) => string) | undefined;
  /** Further header lines for every request, as name and value pairs. */
  readonly headers?: ReadonlyArray<readonly [string, string]> | undefined;
  /** True when answers are held until whole: every event is then checked. */
  readonly strict?: boolean | undefined;
  /** True to take the compression off an answer that is compressed all the same. Default: its bytes pass as they are, unread. */
  readonly unpack?: boolean | undefined;
}

/** A target and its pool's figures. */
export interface AnthropicTarget extends Target {
  stats(): PoolStats;
  /** The same upstream for requests whose model it knows as `model`: pool, health and figures are shared. */
  as(model: string): Target;
  /** Closes idle connections; running answers go on. */
  close(): void;
}

/** Makes the target. Throws a TypeError when the endpoint makes no sense. */
export function anthropicTarget(options: AnthropicOptions, rt: Runtime): AnthropicTarget {
  const pool = new Pool(options.endpoint, rt);
  const further = (options.headers ?? []).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const credential = new CredentialLine(options.apiKey, options.auth, further);
  const face = (modelName: (model: string) => string): Target => ({
    name: options.name,
    platform: options.platform ?? `anthropic ${pool.endpoint.authority}`,
    account: options.account ?? options.name,
    weight: options.weight,
    region: options.region,
    contextWindow: (model) =>
      options.contextWindow ?? findModel(modelName(model))?.contextWindow ?? Number.POSITIVE_INFINITY,
    modelName,
    async send(this: Target, x: Exchange): Promise<Outcome> {
      // Results of a batch pass as they are, but what they cost is read along.
      const judged = x.look.dialect !== "plain" || batchOfResults(x.path) !== undefined;
      const name = x.look.model === undefined ? undefined : modelName(x.look.model);
      const rewritten = name !== undefined && name !== x.look.model && x.body !== null && x.look.modelSpans.length > 0;
      const body = rewritten ? spliceModel(x.body, x.look, name) : x.body;
      const once = async (key: string | undefined): Promise<Outcome> => {
        const headers = requestHeaders(x.headers, credential.line(key), judged);
        const result = await pool.send({ method: x.method, path: x.path, headers, body }, x.signal);
        if (!result.ok) return wireFailure(result, this, pool.endpoint.connectMs);
        const head = options.unpack === true ? unpacked(result) : result;
        return judge(x, head, { target: this, rewritten, strict: options.strict === true, wall: rt.clock.wall() });
      };
      const key = credential.key();
      const outcome = await once(key);
      const { source } = credential;
      if (source === undefined || key === undefined || !refused(outcome)) return outcome;
      // The key may have been replaced where it is kept. What was turned down for its key was neither done nor billed.
      const other = await source.instead(key);
      if (other === undefined || x.signal.aborted) return outcome;
      const again = await once(other);
      if (!refused(again)) source.accepted(other);
      return again;
    },
  });
  return {
    ...face(options.modelName ?? ((model) => model)),
    stats: () => pool.stats(),
    close: () => pool.close(),
    as: (model) => face(() => model),
  };
}

function refused(outcome: Outcome): boolean {
  return !outcome.ok && outcome.verdict === "unauthorized" && outcome.response?.status === 401;
}

function wireFailure(result: WireResult & { readonly ok: false }, target: Target, connectMs: number): Outcome {
  const code: Code =
    result.stage === "aborted"
      ? "client_gone"
      : result.stage === "stale"
        ? "connection_stale"
        : result.stage === "lost"
          ? "cut_early"
          : result.stage === "protocol"
            ? "bad_response"
            : result.stage === "connect-timeout"
              ? "connect_timeout"
              : "unreachable";
  return failure(
    code,
    { upstream: target.name, reason: result.reason, ms: connectMs },
    { target, unsent: result.unsent },
  );
}
