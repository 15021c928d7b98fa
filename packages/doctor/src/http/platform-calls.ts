// The free requests by which each platform shows itself: without a credential, with one, and with a model.

import type { Context } from "../context.ts";
import { placeText } from "../environment/description.ts";
import type { CredentialFacts } from "../facts/credentials.ts";
import { Secret } from "../secret.ts";
import { awsKeysOf } from "./aws-keys.ts";
import type { Call, CallHeader } from "./call.ts";
import { credentialHeaders } from "./credential-headers.ts";
import { signedHeaders } from "./sigv4.ts";

/** Wait for an answer, milliseconds: the whole of a quick examination has to end within eight seconds. */
export const ANSWER_MS = 5_000;

const VERSION: CallHeader = ["anthropic-version", "2023-06-01"];
const JSON_TYPE: CallHeader = ["content-type", "application/json"];
const MESSAGES = [{ role: "user", content: "." }];

/** What is shown as credential, and how. */
export interface Shown {
  readonly name: string;
  readonly where: string;
  readonly header: CredentialFacts["header"];
}

/** The base's own path, without a slash at its end. */
export function basePath(url: URL): string {
  return url.pathname.replace(/\/+$/, "");
}

/**
 * POST of a message that has neither a credential nor words. `base` replaces that of the target. A gateway that asks
 * nobody for a key would hand a whole one on, and that would cost tokens.
 */
export function bareMessage(ctx: Context, model: string, base = basePath(ctx.target.url)): Call {
  return {
    method: "POST",
    path: messagePath(ctx, model, base),
    headers: [VERSION, JSON_TYPE],
    body: messageBody(ctx, model, []),
    timeoutMs: ANSWER_MS,
  };
}

/** The free count of tokens for that model. */
export function countCall(ctx: Context, model: string, shown: readonly CallHeader[], extra: object = {}): Call {
  const base = basePath(ctx.target.url);
  const { platform } = ctx.target;
  const common = { method: "POST", timeoutMs: ANSWER_MS } as const;
  if (platform === "bedrock") {
    const inner = JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 1, messages: MESSAGES });
    const body = JSON.stringify({ input: { invokeModel: { body: Buffer.from(inner).toString("base64") } } });
    const path = `${base}/model/${encodeURIComponent(model)}/count-tokens`;
    return { ...common, path, body, headers: [JSON_TYPE, ...shown, ...signature(ctx, "POST", path, body)] };
  }
  const path =
    platform === "vertex" ? vertexPath(ctx, base, "count-tokens", "rawPredict") : `${base}/v1/messages/count_tokens`;
  const version = platform === "vertex" ? { anthropic_version: "vertex-2023-10-16" } : {};
  const body = JSON.stringify({ ...version, model, messages: MESSAGES, ...extra });
  return { ...common, path, body, headers: [VERSION, JSON_TYPE, ...shown] };
}

/** The cheapest message there is: one token comes back. */
export function messageCall(ctx: Context, model: string, shown: readonly CallHeader[]): Call {
  const bare = bareMessage(ctx, model);
  const body = messageBody(ctx, model, MESSAGES);
  return {
    ...bare,
    body,
    headers: [...(bare.headers ?? []), ...shown, ...signature(ctx, "POST", bare.path, body)],
  };
}

/** The free request that a credential is tried with; undefined where the platform has none but the count. */
export function listCall(ctx: Context, shown: readonly CallHeader[]): Call | undefined {
  const base = basePath(ctx.target.url);
  switch (ctx.target.platform) {
    case "anthropic":
    case "custom":
      return {
        method: "GET",
        path: `${base}/v1/models?limit=1000`,
        headers: [VERSION, ...shown],
        timeoutMs: ANSWER_MS,
      };
    case "bedrock": {
      // On the runtime's own host, so that no signature leaves for another one: the list of asynchronous calls.
      const path = `${base}/async-invoke`;
      const query = "maxResults=1";
      return {
        method: "GET",
        path: `${path}?${query}`,
        headers: [...shown, ...signature(ctx, "GET", path, "", query)],
        timeoutMs: ANSWER_MS,
      };
    }
    default:
      return undefined;
  }
}

/** The credential that would be sent, and its headers; undefined when the program has none that the doctor can use. */
export function shownCredential(
  ctx: Context,
  swapped = false,
): { readonly shown: Shown; readonly headers: readonly CallHeader[] } | undefined {
  const { environment, target } = ctx;
  const credential = environment.credentials[0];
  if (credential !== undefined) {
    const header = swapped === (credential.header === "x-api-key") ? "authorization" : "x-api-key";
    const where = placeText(credential.setting.source);
    return { shown: { name: credential.setting.name, where, header }, headers: credentialHeaders(ctx, swapped) };
  }
  if (target.platform === "bedrock") {
    const found = awsKeysOf(ctx);
    return found === undefined
      ? undefined
      : { shown: { name: found.name, where: found.where, header: "sigv4" }, headers: [] };
  }
  if (target.platform === "vertex") {
    for (const name of ["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN"]) {
      const token = (environment.value(name) ?? ctx.machine.env[name])?.trim();
      if (token !== undefined && token !== "")
        return {
          shown: { name, where: "environment", header: "authorization" },
          headers: [["authorization", new Secret(`Bearer ${token}`)]],
        };
    }
  }
  return undefined;
}

function signature(ctx: Context, method: string, path: string, body: string, query = ""): readonly CallHeader[] {
  const { target, environment, rt } = ctx;
  if (target.platform !== "bedrock" || environment.credentials.length > 0) return [];
  const found = awsKeysOf(ctx);
  if (found === undefined) return [];
  const region = target.region ?? "us-east-1";
  const service = target.host.startsWith("bedrock-mantle") ? "bedrock-mantle" : "bedrock";
  return signedHeaders(found.keys, {
    method,
    host: target.url.host,
    path,
    query,
    body,
    region,
    service,
    wallMs: rt.clock.wall(),
  });
}

function messagePath(ctx: Context, model: string, base: string): string {
  if (ctx.target.platform === "bedrock") return `${base}/model/${encodeURIComponent(model)}/invoke`;
  if (ctx.target.platform === "vertex") return vertexPath(ctx, base, model, "rawPredict");
  return `${base}/v1/messages`;
}

function messageBody(ctx: Context, model: string, messages: readonly object[]): string {
  const body = { max_tokens: 1, messages };
  if (ctx.target.platform === "bedrock") return JSON.stringify({ anthropic_version: "bedrock-2023-05-31", ...body });
  if (ctx.target.platform === "vertex") return JSON.stringify({ anthropic_version: "vertex-2023-10-16", ...body });
  return JSON.stringify({ model, ...body });
}

function vertexPath(ctx: Context, base: string, model: string, verb: string): string {
  const { project = "project-not-set", region = "global" } = ctx.target;
  return `${base}/projects/${project}/locations/${region}/publishers/anthropic/models/${model}:${verb}`;
}
