// What a handler of an admin route is: input that was checked in, an answer of the contract's shape out.

import type { IncomingMessage } from "node:http";
import type { Runtime } from "@fairlead/runtime";
import type { Json, StoreError } from "@fairlead/stores";
import type { IdentityError } from "../../identity/identity-error.ts";
import { stamp } from "../../telemetry/request-log.ts";
import { AdminRefusal } from "../admin-refusal.ts";
import type { Contract, RouteName } from "../contract/contract.ts";
import type { Input, Output, RouteSpec } from "../contract/route.ts";
import type { Caller } from "../gate/gate.ts";
import type { AdminServices } from "../services.ts";
import { storeDown } from "../store-down.ts";

/** An answer that is no JSON of the contract: text, a page, a way on. */
export class Raw {
  readonly text: string;
  readonly type: string;
  readonly status: number;
  readonly headers: { readonly [name: string]: string | readonly string[] };

  constructor(
    text: string,
    type: string,
    options: {
      readonly status?: number;
      readonly headers?: { readonly [name: string]: string | readonly string[] };
    } = {},
  ) {
    this.text = text;
    this.type = type;
    this.status = options.status ?? 200;
    this.headers = options.headers ?? {};
  }
}

/** One request to a route. */
export interface Call<S extends RouteSpec> extends Input<S> {
  readonly caller: S["access"] extends "open" | "metrics" ? Caller | undefined : Caller;
  readonly req: IncomingMessage;
}

/** Handlers of some routes. */
export type Handlers<N extends RouteName> = {
  readonly [K in N]: (call: Call<Contract[K]>) => Promise<Output<Contract[K]> | Raw>;
};

/** What handlers are made from. */
export interface Bench {
  readonly rt: Runtime;
  readonly services: AdminServices;
}

/** A service, or the refusal that tells what is missing. */
export function needed<T>(service: T | undefined, what: string, hint: string): T {
  if (service === undefined) throw new AdminRefusal("admin_not_here", { what, hint });
  return service;
}

/** What was found, or the refusal. */
export function found<T>(thing: T | undefined, what: string, id: string, hint = ""): T {
  if (thing === undefined) throw new AdminRefusal("admin_no_such", { what, id: id.slice(0, 100), hint });
  return thing;
}

/** A time for an answer. */
export function isoTime(wall: number): string;
export function isoTime(wall: number | undefined): string | null;
export function isoTime(wall: number | undefined): string | null {
  return wall === undefined ? null : stamp(wall);
}

/** The refusal that a store's error amounts to. */
export function refusalOf(e: StoreError, changes: boolean): AdminRefusal {
  if (e.code === "conflict") return new AdminRefusal("admin_conflict", { reason: e.message });
  if (e.code === "invalid") return new AdminRefusal("admin_refused", { reason: e.message });
  return storeDown(e.message, changes);
}

/** The refusal that an error of a book amounts to. */
export function refusalOfIdentity({ code, message, field }: IdentityError, changes: boolean): AdminRefusal {
  switch (code) {
    case "not_found":
      return new AdminRefusal("admin_missing", { reason: message });
    case "exists":
    case "conflict":
      return new AdminRefusal("admin_conflict", { reason: message });
    case "unavailable":
      return storeDown(message, changes);
    default:
      return field === undefined
        ? new AdminRefusal("admin_refused", { reason: message })
        : new AdminRefusal("admin_bad_field", { where: "body", problems: message });
  }
}

/** Who asks, as books and the audit log note it. */
export function by({ actor, from }: Caller): { readonly actor: string; readonly from: string } {
  return { actor, from };
}

/** As JSON has it: what is undefined is left out. */
export function json(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
