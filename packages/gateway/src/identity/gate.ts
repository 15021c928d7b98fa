// Who asks: every credential of a request ranked, looked up in memory, and held against its rules. No store is asked here.

import type { Principal } from "@fairlead/engine";
import type { Config } from "../config/config.ts";
import { looksLikeToken } from "./access-token.ts";
import type { IpAddress } from "./address-range.ts";
import { AddressRules, ranges } from "./address-rules.ts";
import { type Arrived, clientAddress } from "./client-address.ts";
import { networkOf } from "./failure-guard.ts";
import { FileKeys } from "./file-keys.ts";
import { type GateParts, keyCredential, projectRules } from "./gate-parts.ts";
import type { KnownCredential } from "./known-credential.ts";
import { type Refused, refused } from "./refused.ts";
import { bodyHolds, isSigned, readSignature, signatureHolds } from "./request-signature.ts";
import type { Scope } from "./scopes.ts";
import { digestOf, formOf } from "./secret-text.ts";
import { TokenDesk } from "./token-desk.ts";

/** Somebody who may come in. */
export interface Asker {
  readonly principal: Principal;
  /** Of a signed request: to be asked with the body before anything of the request leaves; undefined otherwise. */
  readonly verify?: (body: Buffer | null) => Promise<Refused | undefined>;
}

/** What the gate looks at. */
export interface Asked extends Arrived {
  readonly method?: string | undefined;
  /** The request target as it came. */
  readonly url?: string | undefined;
}

/** Codes that may be guesses; who was known once and is refused now does not guess. */
const GUESSES = new Set(["key_unknown", "key_mistyped", "token_invalid", "signature_invalid"]);
/** Without the store for so long a key that is not known may be a new one, milliseconds. */
const STALE_MS = 60_000;

/** The gate of one configuration; what it knows of the store is the directory's. */
export class Gate {
  /** The configuration that it holds for. */
  readonly config: Config;
  readonly #parts: GateParts;
  readonly #fileKeys: FileKeys;
  readonly #tokens: TokenDesk;
  readonly #rules: AddressRules | undefined;
  readonly #trusted: ReturnType<typeof ranges>;
  /** Keys that were right, as they came: only those, so that it cannot grow beyond the keys that there are. */
  readonly #seen = new Map<string, KnownCredential>();
  #seenVersion = 0;

  constructor(config: Config, parts: GateParts) {
    this.config = config;
    this.#parts = parts;
    this.#fileKeys = new FileKeys(config.projects);
    this.#tokens = new TokenDesk(config, parts, (id) => this.#keyById(id));
    this.#rules = AddressRules.of(config.identity.ip);
    this.#trusted = ranges(config.identity.trusted_proxies);
  }

  /** Whether the server's own rules let an address in at all. */
  admitsAddress(ip: IpAddress | undefined): boolean {
    return this.#rules === undefined || this.#rules.admits(ip);
  }

  /** The address that a request comes from; undefined when it cannot be told. */
  addressOf(request: Arrived): IpAddress | undefined {
    return clientAddress(request, this.#trusted);
  }

  /**
   * Who asks, or why they may not. x-api-key goes before Authorization; of two credentials one that counts is enough,
   * unless both count and belong to different projects. A signature that is there must hold, whatever else came.
   */
  identify(
    head: { readonly apiKey: string | undefined; readonly authorization: string | undefined },
    scopes: readonly Scope[],
    request: Asked,
  ): Asker | Refused {
    if (this.#rules !== undefined && !this.admitsAddress(this.addressOf(request))) return refused("address_refused");
    const key = head.apiKey ?? "";
    const authorization = head.authorization ?? "";
    if (authorization !== "" && isSigned(authorization)) return this.#signed(authorization, key, scopes, request);
    const bearer = authorization === "" ? "" : bearerOf(authorization);
    if (key === "" && bearer === "") return refused("key_missing");
    const first = key === "" ? undefined : this.#find(key);
    const second = bearer === "" || bearer === key ? undefined : this.#find(bearer);
    const one = first !== undefined && "principal" in first ? first : undefined;
    const two = second !== undefined && "principal" in second ? second : undefined;
    if (one !== undefined && two !== undefined && one.principal.project !== two.principal.project) {
      return refused("key_conflict");
    }
    const known = one ?? two;
    if (known !== undefined) return this.#admit(known, scopes, request) ?? known;
    // Of two that do not count the one that is known for something tells more.
    const faults = [first, second].filter((each) => each !== undefined) as Refused[];
    const fault = faults.find(({ code }) => code !== "key_unknown") ?? faults[0] ?? refused("key_unknown");
    return this.#slowed(fault, key === "" ? bearer : key, request);
  }

  /**
   * What a key stands for now, by the digest of it: for a session that began with the key and must end with it. Tokens
   * are not known by digest.
   */
  ofDigest(digest: string, scopes: readonly Scope[], request: Arrived): KnownCredential | Refused {
    if (this.#rules !== undefined && !this.admitsAddress(this.addressOf(request))) return refused("address_refused");
    const known = this.#byDigest(digest) ?? refused("key_unknown");
    if ("code" in known) return known;
    if (known.expiresAt <= this.#parts.rt.clock.wall()) return known.ended;
    return this.#admit(known, scopes, request) ?? known;
  }

  #byDigest(digest: string): KnownCredential | Refused | undefined {
    const { directory } = this.#parts;
    const own = this.#fileKeys.byDigest(digest);
    if (own !== undefined) return own;
    const record = directory.keyOf(digest);
    return record === undefined ? undefined : keyCredential(record, this.config, directory);
  }

  /** Of a token that a key was signed in for. */
  #keyById(id: string): KnownCredential | Refused | undefined {
    const { directory } = this.#parts;
    const record = directory.keyById(id);
    return record === undefined ? this.#fileKeys.byId(id) : keyCredential(record, this.config, directory);
  }

  #find(credential: string): KnownCredential | Refused {
    const { directory, rt } = this.#parts;
    if (this.#seenVersion !== directory.version) {
      this.#seen.clear();
      this.#seenVersion = directory.version;
    }
    let known = this.#seen.get(credential);
    if (known === undefined) {
      if (looksLikeToken(credential)) return this.#tokens.find(credential);
      const found = this.#lookUp(credential);
      if ("code" in found) return found;
      this.#seen.set(credential, found);
      known = found;
    }
    return known.expiresAt !== Number.POSITIVE_INFINITY && known.expiresAt <= rt.clock.wall() ? known.ended : known;
  }

  /** By the digest of the whole credential: the time that it takes tells nothing of any key. */
  #lookUp(credential: string): KnownCredential | Refused {
    const found = this.#byDigest(digestOf(credential));
    if (found !== undefined) return found;
    const { directory } = this.#parts;
    const form = formOf(credential);
    if (form === "mistyped") return refused("key_mistyped");
    if (form === "key" && directory.staleMs > STALE_MS && directory.staleMs !== Number.POSITIVE_INFINITY) {
      return { ...refused("directory_stale", { seconds: Math.floor(directory.staleMs / 1_000) }), retryAfterMs: 5_000 };
    }
    return refused("key_unknown");
  }

  #admit(known: KnownCredential, scopes: readonly Scope[], request: Arrived): Refused | undefined {
    if (known.rules.length > 0) {
      const ip = this.addressOf(request);
      if (!known.rules.every((rules) => rules.admits(ip))) return refused("address_refused");
    }
    for (const scope of scopes) if (known.scopes.includes(scope)) return undefined;
    return refused("scope_missing", { scope: scopes.join(" or ") }, scopes);
  }

  #signed(header: string, key: string, scopes: readonly Scope[], request: Asked): Asker | Refused {
    const { rt, directory, nonces } = this.#parts;
    const said = readSignature(header);
    if (typeof said === "string")
      return this.#slowed(refused("signature_malformed", { reason: said }), header, request);
    const found = this.#fileKeys.forSigning(said.key) ?? this.#storedForSigning(said.key);
    if (found === undefined || !signatureHolds(found.signingKey, request.method ?? "", request.url ?? "", said)) {
      return this.#slowed(refused("signature_invalid"), header, request);
    }
    const record = directory.keyById(said.key);
    const known = record === undefined ? found.known : keyCredential(record, this.config, directory);
    if (known === undefined || "code" in known) return known ?? refused("signature_invalid");
    if (known.expiresAt <= rt.clock.wall()) return known.ended;
    const windowMs = this.config.identity.signature_window;
    const offMs = said.time * 1_000 - rt.clock.wall();
    if (Math.abs(offMs) > windowMs) {
      const seconds = Math.round(Math.abs(offMs) / 1_000);
      const direction = offMs < 0 ? "behind" : "before";
      return refused("signature_time", { seconds, direction, window: windowMs / 1_000 });
    }
    const other = key === "" ? undefined : this.#find(key);
    if (other !== undefined && "principal" in other && other.principal.project !== known.principal.project) {
      return refused("key_conflict");
    }
    const fault = this.#admit(known, scopes, request);
    if (fault !== undefined) return fault;
    return {
      principal: known.principal,
      verify: async (body) => {
        // The body first: who changes it on the way must not use up the nonce of who signed.
        if (!bodyHolds(said, body)) return refused("signature_body");
        // From the earliest time at which it counts to the latest, both ends with room for a second.
        const fresh = await nonces.claim(`sig:${said.key}:${said.nonce}`, 2 * windowMs + 2_000);
        return fresh ? undefined : refused("signature_replayed");
      },
    };
  }

  #storedForSigning(id: string): { readonly signingKey: string; readonly known: undefined } | undefined {
    const sealed = this.#parts.directory.keyById(id)?.signing;
    const signingKey = sealed === undefined ? undefined : this.#parts.sealer.open(sealed, `signing:${id}`);
    return signingKey === undefined ? undefined : { signingKey, known: undefined };
  }

  /** The fault, or a word to wait when too many came from there. */
  #slowed(fault: Refused, credential: string, request: Arrived): Refused {
    if (!GUESSES.has(fault.code)) return fault;
    const network = networkOf(this.addressOf(request));
    const { waitMs, tell } = this.#parts.guard.failed(network, credential, this.config.identity.failures);
    if (tell) this.#parts.noteThrottled(network);
    if (waitMs === 0) return fault;
    return { code: "too_many_failures", fill: { seconds: Math.ceil(waitMs / 1_000) }, retryAfterMs: waitMs };
  }

  /** What a project of that name says of its credentials; undefined when there is none. */
  projectRules(name: string): ReturnType<typeof projectRules> {
    return projectRules(name, this.config, this.#parts.directory);
  }
}

function bearerOf(authorization: string): string {
  const found = /^bearer[ \t]+(.*)$/i.exec(authorization.trim());
  return found === null ? "" : (found[1] as string).trim();
}
