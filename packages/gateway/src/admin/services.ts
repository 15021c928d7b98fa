// What the admin address stands on, as narrowly as it needs it; the rooms that own the objects bring them.

import type { IncomingMessage } from "node:http";
import type { Prices } from "@fairlead/protocol";
import type { Audit, Ledger } from "@fairlead/stores";
import type { ConfigChange } from "../fleet/config-changes.ts";
import type { AuditHead } from "../identity/audit-head.ts";
import type { DeviceGrants } from "../identity/device-grants.ts";
import type { ServiceBook } from "../identity/service-book.ts";
import type { TokenFamilies } from "../identity/token-families.ts";
import type { LimitLine } from "../tenancy/limit-lines.ts";
import type { Noter } from "./audited.ts";
import type { NameOf } from "./key-names.ts";

/** Who does something, and the address that it came from. */
export interface By {
  readonly actor: string;
  readonly from?: string | undefined;
}

/** A part of a project or key that another room understands and checks. */
export type Fragment = { readonly [name: string]: unknown };

/** Addresses and ranges that may ask, and that may not. */
export interface Addresses {
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

/** A project. Times are Unix milliseconds. */
export interface ProjectInfo {
  readonly name: string;
  readonly title: string | undefined;
  /** `config`: it stands in fairlead.yaml. */
  readonly source: "config" | "api";
  readonly disabled: boolean;
  readonly allowedModels: readonly string[] | undefined;
  readonly ip: Addresses | undefined;
  readonly limits: Fragment | undefined;
  readonly budget: Fragment | undefined;
  /** Limits and budgets of some models. */
  readonly models: readonly Fragment[] | undefined;
  readonly redaction: Fragment | undefined;
  readonly duplicates: Fragment | undefined;
  readonly sampling: Fragment | undefined;
  readonly version: number;
  readonly createdAt: number | undefined;
}

/** What of a project can be changed. Undefined leaves it, null takes it away. */
export interface ProjectChange {
  readonly title?: string | null | undefined;
  readonly disabled?: boolean | undefined;
  readonly allowedModels?: readonly string[] | null | undefined;
  readonly limits?: Fragment | null | undefined;
  readonly budget?: Fragment | null | undefined;
  readonly models?: readonly Fragment[] | null | undefined;
  readonly redaction?: Fragment | null | undefined;
  readonly duplicates?: Fragment | null | undefined;
  readonly sampling?: Fragment | null | undefined;
  readonly ip?: Addresses | null | undefined;
}

/** Projects. Changes reject with a StoreError, or with an AdminRefusal that tells what to do. */
export interface Projects {
  list(): Promise<readonly ProjectInfo[]>;
  find(name: string): Promise<ProjectInfo | undefined>;
  create(name: string, change: ProjectChange, by: By): Promise<ProjectInfo>;
  update(name: string, change: ProjectChange, expect: number | undefined, by: By): Promise<ProjectInfo>;
  /** Removes it and revokes its keys. */
  remove(name: string, by: By): Promise<void>;
}

/** A key without its secret. Times are Unix milliseconds. */
export interface KeyInfo {
  readonly id: string;
  readonly name: string | undefined;
  /** Undefined: an admin key. */
  readonly project: string | undefined;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly allowedModels: readonly string[] | undefined;
  readonly ip: Addresses | undefined;
  readonly limits: Fragment | undefined;
  readonly budget: Fragment | undefined;
  /** Limits and budgets of some models. */
  readonly models: readonly Fragment[] | undefined;
  /** Whether requests may be signed with it. */
  readonly signing: boolean;
  readonly source: "config" | "api";
  /** 0 for what stands in the file. */
  readonly version: number;
  readonly state: "active" | "rotating" | "expired" | "revoked";
  readonly createdAt: number | undefined;
  readonly createdBy: string | undefined;
  readonly expiresAt: number | undefined;
  readonly replacedBy: string | undefined;
}

/** What a new key shall be. */
export interface KeyWish {
  readonly project: string | undefined;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly allowedModels?: readonly string[] | undefined;
  readonly ip?: Addresses | undefined;
  readonly limits?: Fragment | undefined;
  readonly budget?: Fragment | undefined;
  readonly models?: readonly Fragment[] | undefined;
  readonly signing?: boolean | undefined;
  readonly expiresAt?: number | undefined;
}

/** What of a key can be changed. Undefined leaves it, null takes it away. */
export interface KeyChanges {
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly allowedModels?: readonly string[] | null | undefined;
  readonly ip?: Addresses | null | undefined;
  readonly limits?: Fragment | null | undefined;
  readonly budget?: Fragment | null | undefined;
  readonly models?: readonly Fragment[] | null | undefined;
  readonly expiresAt?: number | null | undefined;
}

/** A new key with its secret, which exists nowhere else. */
export interface KeyMade {
  readonly key: KeyInfo;
  readonly secret: string;
}

/** Virtual keys. Changes reject with a StoreError, or with an AdminRefusal that tells what to do. */
export interface KeyStore {
  list(project: string | undefined): Promise<readonly KeyInfo[]>;
  find(id: string): Promise<KeyInfo | undefined>;
  create(wish: KeyWish, by: By): Promise<KeyMade>;
  update(id: string, change: KeyChanges, expect: number, by: By): Promise<KeyInfo>;
  rotate(id: string, overlapMs: number, by: By): Promise<KeyMade>;
  revoke(id: string, by: By): Promise<KeyInfo>;
}

/** A credential that was found good. */
export interface Known {
  /** `key:k_12ab34cd`, `user:…`, `service:…`, `local`. */
  readonly actor: string;
  readonly kind: "local" | "key" | "token" | "person";
  /** The project that it is bound to; undefined: none, it is for all. */
  readonly project: string | undefined;
  readonly scopes: readonly string[];
  /** Of a person: the mark of the rule that said so. */
  readonly rule?: string | undefined;
}

/** Looks at a secret: what it is, or `expired`, or undefined when it is nothing known. Rejects with a StoreError. */
export type Recognise = (secret: string, req: IncomingMessage) => Promise<Known | "expired" | undefined>;

/** Who a key still stands for, by its digest; undefined when it has ended, or may not ask from there. */
export type Holds = (digest: string, req: IncomingMessage) => Promise<Known | undefined>;

/** Both of them. */
export interface Recogniser {
  readonly recognise: Recognise;
  readonly holds: Holds;
}

/** How an operator wants an upstream to be used. Times are Unix milliseconds. */
export interface UpstreamOrder {
  readonly mode: "normal" | "drain" | "open" | "closed";
  readonly weight: number | undefined;
  readonly reason: string | undefined;
  readonly by: string;
  readonly at: number;
  /** When the mode ends; with the mode normal, when the weight does. Undefined: when somebody ends it. */
  readonly until: number | undefined;
  /** When the weight ends, where that is not `until`; null: when somebody ends it. */
  readonly weightUntil?: number | null | undefined;
}

/** Upstreams as they are shown, and what is set for them. */
export interface Upstreams {
  /** The views of `/api/state`, with the weight of the file. */
  list(): ReadonlyArray<{ readonly name: string; readonly weight: number; readonly [key: string]: unknown }>;
  order(name: string): UpstreamOrder | undefined;
  /** Undefined takes it back. Rejects with a StoreError. */
  set(name: string, order: UpstreamOrder | undefined): Promise<void>;
}

/** Requests under way and the last ones. */
export interface Requests {
  readonly kept: number;
  underWay(): ReadonlyArray<{ readonly id: string; readonly project: string | null; readonly [key: string]: unknown }>;
  recent(): ReadonlyArray<{ readonly id: string; readonly project: string | null; readonly [key: string]: unknown }>;
  find(
    id: string,
  ): { readonly id: string; readonly project: string | null; readonly [key: string]: unknown } | undefined;
  /** False when it is not under way (any more). */
  cancel(id: string): boolean;
}

/** One revision of the configuration. */
export interface RevisionInfo {
  readonly id: string;
  readonly state: string;
  readonly at: number;
  readonly by: string;
  readonly reason: string | undefined;
  readonly canaryPercent: number | undefined;
}

/** One problem of a configuration text. */
export interface ConfigProblem {
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** The configuration and its revisions. Changes reject with a StoreError or an AdminRefusal. */
export interface Revisions {
  /** Secrets masked. */
  inForce(): { readonly revision: RevisionInfo | undefined; readonly config: unknown; readonly fleet: unknown };
  list(): Promise<readonly RevisionInfo[]>;
  find(id: string): Promise<{ readonly revision: RevisionInfo; readonly yaml: string } | undefined>;
  check(
    yaml: string,
  ): Promise<{ readonly problems: readonly ConfigProblem[]; readonly warnings: readonly ConfigProblem[] }>;
  /** What a revision changes against another, or against the one in force; secrets masked. Both are there. */
  changes(id: string, against: string | undefined): Promise<readonly ConfigChange[]>;
  apply(
    yaml: string,
    options: {
      readonly canaryPercent?: number | undefined;
      readonly reason?: string | undefined;
      /** Only while this revision is in force when its turn comes. */
      readonly expect?: string | undefined;
    },
    by: By,
  ): Promise<RevisionInfo>;
  rollBack(to: string | undefined, reason: string | undefined, by: By): Promise<RevisionInfo>;
  /** Ends what is tried on a share of the traffic: in force for all, or given up. */
  endTrial(promoted: boolean, by: By): Promise<RevisionInfo | undefined>;
  /** Reads the file and what it points to again. Gives what came of it: applied, unchanged, trial. */
  reload(by: By): Promise<string>;
}

/** What limits allow and what of it is used. */
export interface LimitUse {
  /** Every limit that is set, of one project or of all, the fullest first; `project` undefined for all projects together. */
  lines(project: string | undefined): Promise<readonly LimitLine[]>;
  /** Whether and with how many instances they are shared. */
  sharing(): { readonly mode: "alone" | "shared" | "away"; readonly instances: number };
}

/** Sign-ins of devices that wait for a person. Methods reject with an IdentityError. */
export type Devices = Pick<DeviceGrants, "find" | "approve" | "deny">;

/** Services of programs. Methods reject with an IdentityError. */
export type Accounts = Pick<ServiceBook, "list" | "get" | "create" | "update" | "rotate" | "revoke">;

/** Sign-ins of people. Methods reject with an IdentityError. */
export type Families = Pick<TokenFamilies, "list" | "endFamily" | "endActor">;

/** All of it. What is undefined is answered with 501 and what to do about it. */
export interface AdminServices {
  readonly metrics: () => string;
  readonly ready: () => boolean;
  readonly state: () => object;
  readonly requests: Requests;
  readonly upstreams: Upstreams;
  readonly audit: Audit;
  /** The newest entry that this instance wrote; what is not there any more was cut off. */
  readonly auditHead?: (() => AuditHead | undefined) | undefined;
  readonly trail: Noter;
  readonly ledger: Ledger;
  /** Those of the configuration in force. */
  readonly prices: Prices;
  readonly projects: Projects | undefined;
  readonly keys: KeyStore | undefined;
  readonly accounts?: Accounts | undefined;
  readonly families?: Families | undefined;
  readonly limits: LimitUse;
  /** What people call a key or service. Default: nothing. */
  readonly nameOf?: NameOf | undefined;
  readonly revisions: Revisions | undefined;
  readonly recognise: Recognise;
  /** The address that a request comes from, proxies of ours walked. Default: the connection's. */
  readonly addressOf?: ((req: IncomingMessage) => string | undefined) | undefined;
}
