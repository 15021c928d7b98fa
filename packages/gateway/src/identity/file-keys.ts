// The keys that stand in the configuration, known by their digests.

import type { ProjectConfig } from "../config/config.ts";
import { signingKeyOf } from "./key-book.ts";
import { type KnownCredential, knownCredential } from "./known-credential.ts";
import { refused } from "./refused.ts";
import { DATA_SCOPES } from "./scopes.ts";
import { digestOf } from "./secret-text.ts";

/** Keys of the file. They have no end: they are changed there. */
export class FileKeys {
  readonly #byDigest = new Map<string, KnownCredential>();
  readonly #signing = new Map<string, { readonly secret: string; readonly known: KnownCredential }>();

  constructor(projects: readonly ProjectConfig[]) {
    for (const { name, keys, allowed_models: models, scopes = DATA_SCOPES, ip } of projects) {
      for (const key of keys) {
        const digest = digestOf(key);
        const keyId = keyIdOf(key);
        const known = knownCredential(
          { name, disabled: false, models, ip },
          {
            keyId,
            scopes,
            models: [],
            ip: undefined,
            expiresAt: Number.POSITIVE_INFINITY,
            ended: refused("key_expired"),
          },
        );
        this.#byDigest.set(digest, known);
        this.#signing.set(keyId, { secret: key, known });
      }
    }
  }

  byDigest(digest: string): KnownCredential | undefined {
    return this.#byDigest.get(digest);
  }

  byId(id: string): KnownCredential | undefined {
    return this.#signing.get(id)?.known;
  }

  /** What a request that says to be signed with the key of this id must be signed with. */
  forSigning(id: string): { readonly signingKey: string; readonly known: KnownCredential } | undefined {
    const found = this.#signing.get(id);
    return found === undefined ? undefined : { signingKey: signingKeyOf(found.secret), known: found.known };
  }
}

/** What a key of the configuration is known by: recognisable, not secret. */
export function keyIdOf(key: string): string {
  return `k_${digestOf(key).slice(0, 8)}`;
}

/** The same of an admin key of the configuration. */
export function adminKeyIdOf(key: string): string {
  return `ak_${digestOf(key).slice(0, 8)}`;
}
