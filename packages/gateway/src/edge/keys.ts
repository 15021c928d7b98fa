// Who asks: the keys of the configuration, known by their digests only.

import { hash } from "node:crypto";
import type { Code, Principal } from "@fairlead/engine";

/** Keys are looked up by SHA-256, so that the time a look-up takes tells nothing about any key. */
export class Keys {
  readonly #byDigest = new Map<string, Principal>();
  /** Keys that were right once: only those, so that it cannot grow beyond the configuration. */
  readonly #seen = new Map<string, Principal>();

  constructor(projects: ReadonlyArray<{ readonly name: string; readonly keys: readonly string[] }>) {
    for (const project of projects) {
      for (const key of project.keys) {
        this.#byDigest.set(hash("sha256", key), { project: project.name, keyId: keyIdOf(key) });
      }
    }
  }

  /**
   * The principal of a request, or the code of the refusal. An empty header counts as absent. With two credentials
   * `x-api-key` is looked at first, and one that is known is enough, unless they belong to different projects.
   */
  principal(apiKey: string | undefined, authorization: string | undefined): Principal | Code {
    const bearer = authorization === undefined ? "" : bearerOf(authorization);
    const key = apiKey ?? "";
    if (key === "" && bearer === "") return "key_missing";
    const first = key === "" ? undefined : this.#find(key);
    const second = bearer === "" || bearer === key ? undefined : this.#find(bearer);
    if (first !== undefined && second !== undefined && first.project !== second.project) return "key_conflict";
    return first ?? second ?? "key_unknown";
  }

  #find(key: string): Principal | undefined {
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const found = this.#byDigest.get(hash("sha256", key));
    if (found !== undefined) this.#seen.set(key, found);
    return found;
  }
}

/** What a key of the configuration is known by: recognisable, not secret. */
export function keyIdOf(key: string): string {
  return `k_${hash("sha256", key).slice(0, 8)}`;
}

function bearerOf(authorization: string): string {
  const found = /^bearer[ \t]+(.*)$/i.exec(authorization.trim());
  return found === null ? "" : (found[1] as string).trim();
}
