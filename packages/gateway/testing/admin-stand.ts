// An admin address on a real port over services in memory: two projects whose things must never meet.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LISTED_PRICES } from "@fairlead/protocol";
import { virtualRuntime } from "@fairlead/runtime";
import { memoryStores } from "@fairlead/stores";
import { type AdminOptions, adminServer } from "../src/admin/admin-server.ts";
import type { Noter } from "../src/admin/audited.ts";
import type {
  Accounts,
  AdminServices,
  Families,
  KeyInfo,
  Known,
  ProjectInfo,
  RevisionInfo,
  UpstreamOrder,
} from "../src/admin/services.ts";
import type { LimitLine } from "../src/tenancy/limit-lines.ts";
import { estimate, row } from "./admin-rows.ts";

/** Credentials of the stand by who has them. */
export const CREDENTIALS = {
  admin: "fl-key-admin0000000000000000000000000000000",
  reader: "fl-key-reader000000000000000000000000000000",
  webReader: "fl-key-webreader0000000000000000000000000000",
  appReader: "fl-key-appreader0000000000000000000000000000",
  appWriter: "fl-key-appwriter0000000000000000000000000000",
  data: "fl-key-data00000000000000000000000000000000",
  expired: "fl-key-expired00000000000000000000000000000",
} as const;

const KNOWN: { readonly [secret: string]: Known | "expired" } = {
  [CREDENTIALS.admin]: {
    actor: "key:ak_admin",
    kind: "key",
    project: undefined,
    scopes: ["admin:read", "admin:write"],
  },
  [CREDENTIALS.reader]: { actor: "key:ak_reader", kind: "key", project: undefined, scopes: ["admin:read"] },
  [CREDENTIALS.webReader]: { actor: "key:k_webreader", kind: "key", project: "web", scopes: ["admin:read"] },
  [CREDENTIALS.appReader]: { actor: "key:k_appreader", kind: "key", project: "app", scopes: ["admin:read"] },
  [CREDENTIALS.appWriter]: {
    actor: "key:k_appwriter",
    kind: "key",
    project: "app",
    scopes: ["admin:read", "admin:write"],
  },
  [CREDENTIALS.data]: { actor: "key:k_data", kind: "key", project: "web", scopes: ["messages", "batches", "files"] },
  [CREDENTIALS.expired]: "expired",
};

/** A word that stands in everything of the project `web`, and in nothing else. */
export const WEB_MARK = "webonly";

/** The stand. */
export interface AdminStand {
  readonly url: string;
  /** What changes were made. */
  readonly changes: string[];
  readonly services: AdminServices;
  close(): Promise<void>;
}

/** Starts it. `over` replaces services. */
export async function adminStand(
  over: Partial<AdminServices> = {},
  options: Partial<Pick<AdminOptions, "people" | "metricsOpen" | "hosts" | "origins" | "bodyBytes">> = {},
): Promise<AdminStand> {
  const rt = virtualRuntime("admin");
  const stores = memoryStores(rt.clock);
  const changes: string[] = [];
  await stores.ledger.append([
    row("web", `k_${WEB_MARK}`, `att_${WEB_MARK}`),
    row("app", "k_app", "att_app"),
    estimate("web", `k_${WEB_MARK}`, `att_${WEB_MARK}_2`),
  ]);
  const services: AdminServices = {
    metrics: () => "fairlead_up 1\n",
    ready: () => true,
    state: () => ({ ready: true }),
    audit: stores.audit,
    ledger: {
      ...{ usage: (...asked) => stores.ledger.usage(...asked), rows: (...asked) => stores.ledger.rows(...asked) },
      ...{ expire: (...asked) => stores.ledger.expire(...asked) },
      append(rows) {
        changes.push(`append ${rows.length}`);
        return stores.ledger.append(rows);
      },
    },
    prices: LISTED_PRICES,
    trail: noter(stores.audit, () => rt.clock.wall()),
    projects: projects(changes),
    keys: keys(changes),
    accounts: accounts(changes),
    families: families(changes),
    limits: {
      lines: async () => [limit("project", "web", WEB_MARK), limit("project", "app"), limit("everyone", undefined)],
      sharing: () => ({ mode: "alone", instances: 1 }),
    },
    upstreams: upstreams(changes),
    requests: {
      kept: 200,
      underWay: () => [
        { id: "req_fl_web", project: "web", what: WEB_MARK },
        { id: "req_fl_app", project: "app" },
      ],
      recent: () => [
        { id: "req_fl_web0", project: "web", what: WEB_MARK },
        { id: "req_fl_app0", project: "app" },
      ],
      find: (id) =>
        id === "req_fl_web"
          ? { id, project: "web", what: WEB_MARK }
          : id === "req_fl_app"
            ? { id, project: "app" }
            : undefined,
      cancel: (id) => {
        changes.push(`cancel ${id}`);
        return true;
      },
    },
    revisions: revisions(changes),
    recognise: async (secret) => KNOWN[secret],
    ...over,
  };
  const server = await adminServer({
    rt,
    services,
    metricsOpen: "loopback",
    hosts: [],
    origins: [],
    bodyBytes: 1_048_576,
    ...options,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    services,
    close: () => closed(server),
  };
}

function limit(scope: "everyone" | "project", project: string | undefined, models?: string): LimitLine {
  return {
    scope,
    project,
    keyId: undefined,
    models,
    dimension: "requests",
    limit: 10,
    used: 1,
    remaining: 9,
    resetsAt: undefined,
    kept: "here",
  };
}

function noter(audit: AdminServices["audit"], wall: () => number): Noter {
  return {
    async note(by, { action, subject, project, detail }) {
      await audit.append({ at: wall(), actor: by.actor, action, subject, project, from: by.from, detail });
      return true;
    },
  };
}

function projects(changes: string[]): AdminServices["projects"] {
  const project = (name: string, more: Partial<ProjectInfo> = {}): ProjectInfo => ({
    name,
    title: name === "web" ? WEB_MARK : undefined,
    source: "api",
    disabled: false,
    allowedModels: undefined,
    ip: undefined,
    models: undefined,
    redaction: undefined,
    duplicates: undefined,
    sampling: undefined,
    limits: undefined,
    budget: undefined,
    version: 1,
    createdAt: 0,
    ...more,
  });
  const all = [project("web"), project("app"), project("filed", { source: "config" })];
  return {
    list: async () => all,
    find: async (name) => all.find((one) => one.name === name),
    async create(name) {
      changes.push(`create ${name}`);
      return project(name);
    },
    async update(name) {
      changes.push(`update ${name}`);
      return project(name, { version: 2 });
    },
    async remove(name) {
      changes.push(`remove ${name}`);
    },
  };
}

function keys(changes: string[]): AdminServices["keys"] {
  const key = (id: string, project: string | undefined, more: Partial<KeyInfo> = {}): KeyInfo => ({
    id,
    name: project === "web" ? WEB_MARK : undefined,
    project,
    prefix: "fl-key-abcd",
    scopes: ["messages"],
    allowedModels: undefined,
    ip: undefined,
    limits: undefined,
    budget: undefined,
    models: undefined,
    signing: false,
    source: "api",
    version: 1,
    state: "active",
    createdAt: 0,
    createdBy: "cli",
    expiresAt: undefined,
    replacedBy: undefined,
    ...more,
  });
  // A field that a careless book might leave in: the contract's shape must keep it from leaving.
  const careless = { digest: "d1ge57" };
  const all = [{ ...key("k_web", "web"), ...careless }, key("k_app", "app"), key("ak_1", undefined)];
  return {
    list: async (project) => all.filter((one) => project === undefined || one.project === project),
    find: async (id) => all.find((one) => one.id === id),
    async create(wish) {
      changes.push("create key");
      return { key: { ...key("k_new", wish.project), scopes: wish.scopes }, secret: "fl-key-secret-of-the-new-key" };
    },
    async update(id) {
      changes.push(`update ${id}`);
      return key(id, "web", { version: 2 });
    },
    async rotate(id) {
      changes.push(`rotate ${id}`);
      return { key: key("k_new", "web"), secret: "fl-key-secret-of-the-new-key" };
    },
    async revoke(id) {
      changes.push(`revoke ${id}`);
      return key(id, "web", { state: "revoked" });
    },
  };
}

function upstreams(changes: string[]): AdminServices["upstreams"] {
  const orders = new Map<string, UpstreamOrder>();
  return {
    list: () => [{ name: "east", weight: 1, state: "closed", why: "" }],
    order: (name) => orders.get(name),
    async set(name, order) {
      changes.push(`${order?.mode ?? "clear"} ${name}`);
      if (order === undefined) orders.delete(name);
      else orders.set(name, order);
    },
  };
}

/** A field that a careless service might leave in. */
const careless = { digest: "d1ge57" };

function revisions(changes: string[]): AdminServices["revisions"] {
  const revision: RevisionInfo = {
    id: "r1",
    state: "active",
    at: 0,
    by: "file",
    reason: undefined,
    canaryPercent: undefined,
  };
  return {
    inForce: () => ({ revision, config: { listen: "127.0.0.1:4100" }, fleet: null }),
    list: async () => [revision],
    find: async (id) => (id === "r1" ? { revision, yaml: "listen: 127.0.0.1:4100\n" } : undefined),
    check: async (yaml) => ({
      problems: yaml.includes("bad")
        ? [{ line: 1, column: 1, path: "bad", code: "unknown_key", message: "bad is no key", ...careless }]
        : [],
      warnings: [],
    }),
    changes: async () => [],
    async apply() {
      changes.push("apply");
      return { ...revision, id: "r2" };
    },
    async rollBack() {
      changes.push("roll back");
      return { ...revision, id: "r3" };
    },
    async endTrial(promoted) {
      changes.push(promoted ? "promote" : "abort");
      return promoted ? revision : undefined;
    },
    async reload() {
      changes.push("reload");
      return "unchanged";
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function accounts(changes: string[]): Accounts {
  const of = (id: string, project: string) => ({
    id,
    project,
    name: project === "web" ? WEB_MARK : "ci",
    secrets: [{ prefix: "fl-cs-abcd", created_at: 1 }],
    public_keys: [],
    scopes: ["messages" as const],
    created_at: 1,
    created_by: "user:ada",
    disabled: false,
    version: 1,
  });
  const all = [of("svc_webonly000000000", "web"), of("svc_k_app00000000000", "app")];
  const done = <T>(what: string, answer: T): Promise<T> => {
    changes.push(what);
    return Promise.resolve(answer);
  };
  const web = of("svc_webonly000000000", "web");
  return {
    list: async ({ project } = {}) => all.filter((one) => project === undefined || one.project === project),
    get: async () => web,
    create: ({ name }) => done(`create service ${name}`, { service: web, secret: "secret-of-the-new-key" }),
    update: (id) => done(`update service ${id}`, web),
    rotate: (id) => done(`rotate service ${id}`, { service: web, secret: "secret-of-the-new-key" }),
    revoke: (id) => done(`revoke service ${id}`, web),
  };
}

function families(changes: string[]): Families {
  const of = (id: string, project: string) => ({
    id,
    actor: project === "web" ? `user:${WEB_MARK}` : "user:k_app",
    project,
    client: "fairlead-cli",
    scopes: ["messages" as const],
    generation: 0,
    salt: "d1ge57",
    current: "d1ge57",
    created_at: 1,
    used_at: 1,
    expires_at: 2,
  });
  const all = [of("webonly000000000", "web"), of("app0000000000000", "app")];
  return {
    list: async ({ project } = {}) => all.filter((one) => project === undefined || one.project === project),
    endFamily: async (id) => changes.push(`end ${id}`) > 0,
    endActor: async (actor) => changes.push(`end ${actor}`),
  };
}
