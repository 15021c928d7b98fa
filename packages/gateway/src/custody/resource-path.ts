// Paths of files and batches: what is asked for.

import type { CustodyKind } from "@fairlead/stores";

/** What a path of the data plane asks for. */
export interface Resource {
  readonly kind: CustodyKind;
  /** Undefined for all of them. */
  readonly id: string | undefined;
  /** `content`, `results`, `cancel`; undefined for the thing itself. */
  readonly part: string | undefined;
  /** The path of all of them, and what follows the question mark. */
  readonly base: string;
  readonly query: string;
}

const PATH = /^(\/v1\/files|\/v1\/messages\/batches)(?:\/([^/]+)(?:\/([a-z]+))?)?$/;

/** What a path with its query asks for; undefined when it is about neither files nor batches. */
export function resourceOf(path: string): Resource | undefined {
  if (!path.startsWith("/v1/files") && !path.startsWith("/v1/messages/batches")) return undefined;
  const question = path.indexOf("?");
  const found = PATH.exec(question < 0 ? path : path.slice(0, question));
  if (found === null) return undefined;
  const [, base = "", id, part] = found;
  return {
    kind: base === "/v1/files" ? "file" : "batch",
    id: id === undefined ? undefined : decoded(id),
    part,
    base,
    query: question < 0 ? "" : path.slice(question + 1),
  };
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}
