// The admin address: one door, every route of the contract behind it, one way to answer.

import { createServer, type Server } from "node:http";
import { newId } from "@fairlead/runtime";
import { StoreError } from "@fairlead/stores";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { IdentityError } from "../identity/identity-error.ts";
import type { AdminFact } from "./admin-fact.ts";
import { AdminRefusal } from "./admin-refusal.ts";
import { type RouteName, routes } from "./contract/contract.ts";
import type { RouteSpec } from "./contract/route.ts";
import type { SIGN_IN_ROUTES } from "./contract/sign-in-routes.ts";
import { Failures } from "./gate/failures.ts";
import { admitted, type Caller, type GateParts, type SessionOf } from "./gate/gate.ts";
import { checkHost, checkOrigin } from "./gate/site.ts";
import { configHandlers } from "./handlers/config.ts";
import { type Bench, type Handlers, Raw, refusalOf, refusalOfIdentity } from "./handlers/handler.ts";
import { limitHandlers, requestHandlers, upstreamHandlers } from "./handlers/operations.ts";
import { keyHandlers, projectHandlers } from "./handlers/projects.ts";
import { reconcileHandlers } from "./handlers/reconcile.ts";
import { auditHandlers, usageHandlers } from "./handlers/records.ts";
import { serviceHandlers, signInListHandlers } from "./handlers/services.ts";
import { systemHandlers } from "./handlers/system.ts";
import { checked, oddity } from "./input.ts";
import { errorPage } from "./pages/error-page.ts";
import { languageFor } from "./pages/words.ts";
import { allowedMethods } from "./paths.ts";
import { RefusedCalls } from "./refused-calls.ts";

/** Sessions and pages of people. */
export interface PeopleOptions {
  readonly sessionOf: SessionOf;
  readonly handlers: Handlers<keyof typeof SIGN_IN_ROUTES>;
  readonly secure: boolean;
}

/** What the admin address is made from. */
export interface AdminOptions extends Bench {
  readonly metricsOpen: GateParts["metricsOpen"];
  /** Names besides those of loopback under which it may be called, lower case. */
  readonly hosts: readonly string[];
  /** Origins of its pages when a proxy stands in front of it, such as https://admin.example.com. */
  readonly origins: readonly string[];
  /** Largest body, bytes. */
  readonly bodyBytes: number;
  /** Signing in of people; undefined when it is not configured. */
  readonly people?: PeopleOptions | undefined;
  /** Wrong credentials, counted by who sends them. Default: a count of its own. */
  readonly failures?: Failures | undefined;
}

/** The pages are for people who stay: what they may load is named here (CSP Level 3). */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Longest part of a path that is matched: more than a request head can hold, so that the contract judges it, characters. */
const MAX_PARAM = 65_536;

/** The server, not yet listening. Fastify is read when it is made. */
export async function adminServer(options: AdminOptions): Promise<Server> {
  const app = await adminApp(options);
  const server = createServer({ requireHostHeader: false }, (req, res) => app.routing(req, res));
  // Whoever asks whether to send a body gets the answer first.
  server.on("checkContinue", (req, res) => app.routing(req, res));
  server.on("close", () => void app.close());
  return server;
}

/** The application, ready to route. */
export async function adminApp(options: AdminOptions): Promise<FastifyInstance> {
  const { fastify } = await import("fastify");
  const refusedCalls = new RefusedCalls(options.services.trail, options.rt.clock);
  const failed = (e: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const refused = refusal(e, request, options.bodyBytes);
    if (refused === undefined) {
      const at = options.rt.clock.now();
      const what = e instanceof Error ? (e.stack ?? e.message) : String(e);
      const fact: AdminFact = { kind: "admin-error", at, id: request.id, path: request.routeOptions.url ?? "", what };
      options.rt.emit(fact);
    }
    const told = refused ?? new AdminRefusal("admin_internal");
    const caller = (request as Marked)[CALLER];
    if (caller !== undefined) {
      const route = (request.routeOptions.url ?? "").replace(/:(\w+)/g, "{$1}");
      refusedCalls.note(caller, told, `${request.method} ${route}`);
    }
    // A body that was not read must not be taken for the next request.
    if (!request.raw.complete) reply.header("connection", "close");
    if ((request as Marked)[PAGE] === true) {
      const text = errorPage(told, request.id, languageFor(request.headers["accept-language"]));
      reply.status(told.status).headers({ ...told.headers, "content-type": "text/html; charset=utf-8" });
      return reply.header("content-security-policy", PAGE_POLICY).send(text);
    }
    return reply
      .status(told.status)
      .headers({
        ...told.headers,
        "content-type": "application/json",
        "x-should-retry": told.status >= 500 ? "true" : "false",
      })
      .send(told.body(request.id));
  };
  const app = fastify({
    // A path that cannot be decoded comes to no hook and no handler.
    frameworkErrors: (e, request, reply) => {
      reply.headers(COMMON_HEADERS).header("fairlead-request-id", request.id);
      return failed(e, request, reply);
    },
    logger: false,
    bodyLimit: options.bodyBytes,
    exposeHeadRoutes: true,
    routerOptions: { ignoreTrailingSlash: false, caseSensitive: true, maxParamLength: MAX_PARAM },
    return503OnClosing: false,
    genReqId: () => newId(options.rt.random, "req_fl_"),
  });
  const names = new Set(options.hosts);
  const origins = new Set(options.origins);
  const failures = options.failures ?? new Failures(options.rt.clock);
  const parts: GateParts = {
    recognise: options.services.recognise,
    addressOf: options.services.addressOf,
    sessionOf: options.people?.sessionOf,
    secure: options.people?.secure,
    failures,
    metricsOpen: options.metricsOpen,
  };
  readBodies(app);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(COMMON_HEADERS).header("fairlead-request-id", request.id);
    checkHost(request.raw, names);
  });
  const handlers = allHandlers(options);
  for (const [name, spec] of routes()) {
    const handle = handlers[name] as (call: unknown) => Promise<unknown>;
    app.route({
      method: spec.method,
      url: spec.path.replace(/\{(\w+)\}/g, ":$1"),
      // Before the body is read: nobody sends megabytes to a door that is shut.
      onRequest: async (request) => {
        (request as Marked)[PAGE] = spec.page === true;
        checkOrigin(request.raw, spec.page === true, origins);
        await admitted(request.raw, spec.access, parts, (caller) => {
          (request as Marked)[CALLER] = caller;
        });
      },
      handler: async (request, reply) => {
        const input = checked(spec, request.params, request.query, request.body);
        const said = await handle({ ...input, caller: (request as Marked)[CALLER], req: request.raw });
        return answer(said, spec, reply);
      },
    });
  }
  app.setNotFoundHandler({}, async (request) => {
    checkOrigin(request.raw, false, origins);
    throw unrouted(request);
  });
  app.setErrorHandler(failed);
  await app.ready();
  return app;
}

const COMMON_HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  // With no-referrer a form of our own page would come with Origin: null (Fetch, "append a request Origin header").
  "referrer-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Where a request remembers who made it. */
const CALLER = Symbol("fairlead.admin-caller");
/** And whether it is a person with a browser who wants to read the answer. */
const PAGE = Symbol("fairlead.admin-page");
type Marked = FastifyRequest & { [CALLER]?: Caller | undefined; [PAGE]?: boolean };

/** JSON, and forms of our own pages; anything else is refused before it is read. */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, async (_: FastifyRequest, text: string) => {
    let value: unknown;
    try {
      value = text.trim() === "" ? undefined : JSON.parse(text);
    } catch (e) {
      throw new AdminRefusal("admin_bad_json", { reason: e instanceof Error ? e.message.slice(0, 200) : "" });
    }
    const reason = oddity(value);
    if (reason !== undefined) throw new AdminRefusal("admin_bad_json", { reason });
    return value;
  });
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    async (request: FastifyRequest, text: string) => {
      if (!request.routeOptions.url?.match(/^\/(?:device|sign-in|sign-out)$/)) {
        throw new AdminRefusal("admin_content_type", { got: "application/x-www-form-urlencoded" });
      }
      return Object.fromEntries(new URLSearchParams(text));
    },
  );
}

function allHandlers(options: AdminOptions): Handlers<RouteName> {
  return {
    ...systemHandlers(options),
    ...projectHandlers(options),
    ...keyHandlers(options),
    ...serviceHandlers(options),
    ...signInListHandlers(options),
    ...limitHandlers(options),
    ...upstreamHandlers(options),
    ...requestHandlers(options),
    ...usageHandlers(options),
    ...reconcileHandlers(options),
    ...auditHandlers(options),
    ...configHandlers(options),
    ...(options.people?.handlers ?? signInOff()),
  };
}

function signInOff(): Handlers<keyof typeof SIGN_IN_ROUTES> {
  const off = async (): Promise<never> => {
    throw new AdminRefusal("admin_sign_in_off");
  };
  return { signIn: off, signInWithKey: off, signInBack: off, signOut: off, devicePage: off, deviceAnswer: off };
}

/** What is not of the contract's shape does not leave: a field that a handler let slip is dropped by the schema. */
function answer(said: unknown, spec: RouteSpec, reply: FastifyReply): FastifyReply {
  if (said instanceof Raw) {
    if (spec.page === true) reply.header("content-security-policy", PAGE_POLICY);
    reply.status(said.status).header("content-type", said.type);
    for (const [name, value] of Object.entries(said.headers)) reply.header(name, value);
    return reply.send(said.text);
  }
  if (typeof spec.answer === "string") throw new Error(`${spec.path} answers ${spec.answer}`);
  const text = `${JSON.stringify(spec.answer.parse(said), null, 2)}\n`;
  return reply
    .status(spec.status ?? 200)
    .header("content-type", "application/json")
    .send(text);
}

function shownType({ headers }: FastifyRequest): string {
  const type = (headers["content-type"] ?? "").replace(/[^\x20-\x7e]/g, "?").slice(0, 100);
  return type === "" ? "none" : type;
}

/** What is said of a method and a path that no route has. */
function unrouted({ method, url }: FastifyRequest): AdminRefusal {
  const path = url.split("?")[0] ?? "";
  const shown = path.replace(/[^\x21-\x7e]/g, "?").slice(0, 100);
  const allow = allowedMethods(path).join(", ");
  if (allow === "") return new AdminRefusal("admin_not_found", { method, path: shown });
  return new AdminRefusal("admin_method", { path: shown, allowed: allow, method }, { allow });
}

/** The refusal that an error amounts to; undefined: a defect of ours. */
function refusal(e: unknown, request: FastifyRequest, bodyBytes: number): AdminRefusal | undefined {
  if (AdminRefusal.is(e)) return e;
  const changes = request.method !== "GET" && request.method !== "HEAD";
  if (StoreError.is(e)) return refusalOf(e, changes);
  if (IdentityError.is(e)) return refusalOfIdentity(e, changes);
  const code = (e as { code?: unknown } | null)?.code;
  switch (code) {
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
    case "FST_ERR_CTP_INVALID_TYPE":
      return new AdminRefusal("admin_content_type", { got: shownType(request) });
    // Of the method QUERY, which no route has.
    case "FST_ERR_ROUTE_MISSING_CONTENT_TYPE":
      return unrouted(request);
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new AdminRefusal("admin_body_too_large", { limit: bodyBytes });
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return new AdminRefusal("admin_bad_json", { reason: "the body is not as long as its content-length says" });
    case "FST_ERR_BAD_URL":
      return new AdminRefusal("admin_bad_field", { where: "path", problems: "it is not properly percent-encoded" });
    case "FST_ERR_CTP_BODY_TIMEOUT":
      return new AdminRefusal("admin_bad_json", { reason: "it stopped arriving" });
    default:
      return undefined;
  }
}
