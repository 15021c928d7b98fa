// The grammar of the admin contract: what is said of each route, once.

import type { z } from "zod";

/**
 * Who may use a route. `open`: anyone. `metrics`: anyone who connects over loopback where `admin_api.metrics_open` allows
 * it, else `admin:read`. `signed-in`: any admin credential. `project:read`: `admin:read`, or a credential of one project,
 * which then sees that project only. `admin:read`, `admin:write`: that scope, for all projects.
 */
export type Access = "open" | "metrics" | "signed-in" | "project:read" | "admin:read" | "admin:write";

/** One route. The answer is JSON of a schema, or text of a media type. */
export interface RouteSpec {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `{name}` for each parameter. */
  readonly path: string;
  readonly access: Access;
  /** One sentence. */
  readonly says: string;
  /** The heading under which it stands in the reference. */
  readonly tag: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Schema of the JSON that is answered, or a media type for anything else. */
  readonly answer: z.ZodType | string;
  /** Media types that it can answer besides. */
  readonly also?: readonly string[];
  /** Default 200. */
  readonly status?: 200 | 201;
  /** What else it answers that is no refusal, by status: a redirect, or text of the same type. */
  readonly besides?: { readonly [status: number]: string };
  /** A page for people: forms instead of JSON, HTML errors. */
  readonly page?: boolean;
}

/** Declares a route and keeps its exact shape. */
export function route<const S extends RouteSpec>(spec: S): S {
  return spec;
}

type Shape<T> = T extends z.ZodType ? z.output<T> : Record<never, never>;

/** What a handler gets to read of a request, after validation. */
export interface Input<S extends RouteSpec> {
  readonly params: Shape<S["params"]>;
  readonly query: Shape<S["query"]>;
  readonly body: Shape<S["body"]>;
}

/** What a handler of a route answers with. */
export type Output<S extends RouteSpec> = S["answer"] extends z.ZodType ? z.input<S["answer"]> : never;

type Sent<T> = T extends z.ZodType ? z.input<T> : never;
type Part<K extends string, T> = T extends z.ZodType ? { readonly [P in K]: Sent<T> } : Record<never, never>;

/** What a client sends to a route. A query may be left out. */
export type ClientInput<S extends RouteSpec> = Part<"params", S["params"]> &
  Partial<Part<"query", S["query"]>> &
  Part<"body", S["body"]>;

/** What a client gets from a route. */
export type ClientOutput<S extends RouteSpec> = S["answer"] extends z.ZodType ? z.output<S["answer"]> : never;
