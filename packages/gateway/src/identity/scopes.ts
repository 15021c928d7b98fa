// Scopes: what a key or a token may do, and for which models.

/** All scopes but those of models. `messages` covers counting tokens and completions; every data scope covers the list of models. */
export const SCOPES = ["messages", "batches", "files", "admin:read", "admin:write"] as const;

/** One of the fixed scopes. */
export type Scope = (typeof SCOPES)[number];

/** What a key has when nothing else is said: the data plane, nothing of the admin API. */
export const DATA_SCOPES: readonly Scope[] = ["messages", "batches", "files"];

/** Beginning of a scope that names models: `model:claude-haiku-*`. */
const MODEL = "model:";

/** A name of a model in which `*` stands for anything. */
export const MODEL_PATTERN = /^[A-Za-z0-9*][A-Za-z0-9._:@*-]{0,127}$/;

/** Most scopes in one request or record. */
export const MAX_SCOPES = 64;

/** Scopes as they are kept: the fixed ones, and patterns of models (undefined: every model). */
export interface Grant {
  readonly scopes: readonly Scope[];
  readonly models?: readonly string[] | undefined;
}

/**
 * Reads a `scope` parameter (RFC 6749 3.3: words with blanks between them). Returns the first word that is no scope when
 * there is one.
 */
export function readScopes(text: string): Grant | { readonly unknown: string } {
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length > MAX_SCOPES) return { unknown: words[MAX_SCOPES] as string };
  const scopes: Scope[] = [];
  const models: string[] = [];
  for (const word of words) {
    const scope = SCOPES.find((one) => one === word);
    if (scope !== undefined) {
      if (!scopes.includes(scope)) scopes.push(scope);
    } else if (word.startsWith(MODEL) && MODEL_PATTERN.test(word.slice(MODEL.length))) {
      if (!models.includes(word.slice(MODEL.length))) models.push(word.slice(MODEL.length));
    } else return { unknown: word };
  }
  return { scopes, models: models.length === 0 ? undefined : models };
}

/** The `scope` parameter of a grant. */
export function showScopes({ scopes, models = [] }: Grant): string {
  return [...scopes, ...models.map((one) => `${MODEL}${one}`)].join(" ");
}

/**
 * What of `asked` lies within `held`; undefined when a part does not (asking for more is refused, not cut down). With no
 * fixed scope asked for, the held ones stay; with no model asked for, the held patterns stay.
 */
export function narrow(held: Grant, asked: Grant): Grant | undefined {
  if (asked.scopes.some((one) => !held.scopes.includes(one))) return undefined;
  const scopes = asked.scopes.length === 0 ? held.scopes : asked.scopes;
  if (asked.models === undefined) return { scopes, models: held.models };
  if (asked.models.some((one) => !withinPatterns(held.models, one))) return undefined;
  return { scopes, models: asked.models };
}

/** Whether every name that `pattern` matches is matched by one of `held` (undefined: every model). */
export function withinPatterns(held: readonly string[] | undefined, pattern: string): boolean {
  return held === undefined || held.some((one) => covers(one, pattern));
}

/**
 * Whether every name that `inner` matches is matched by `outer`. A `*` of the inner pattern can be covered by a `*` of the
 * outer one only. Exact for one pattern against one.
 */
function covers(outer: string, inner: string): boolean {
  // Row by row over the outer pattern: at[j] tells whether its part so far covers the first j characters of the inner one.
  let at = Array.from({ length: inner.length + 1 }, (_, j) => j === 0);
  for (const one of outer) {
    const next = new Array<boolean>(inner.length + 1).fill(false);
    if (one === "*") {
      let reached = false;
      for (let j = 0; j <= inner.length; j++) {
        reached ||= at[j] as boolean;
        next[j] = reached;
      }
    } else for (let j = 1; j <= inner.length; j++) next[j] = (at[j - 1] as boolean) && inner[j - 1] === one;
    at = next;
  }
  return at[inner.length] as boolean;
}
