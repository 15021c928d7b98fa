// HashiCorp Vault, KV version 2, by its HTTP API (developer.hashicorp.com/vault/api-docs: secret/kv/kv-v2, auth/approle).

import type { Clock } from "@fairlead/runtime";
import { type HttpReply, httpCall } from "../outbound/http-call.ts";
import { SecretError } from "./secret-manager.ts";
import type { ManagedReference } from "./secret-reference.ts";

/** Where Vault is and who we are there. */
export interface VaultOptions {
  /** Such as https://vault.example:8200. */
  readonly address: string;
  readonly namespace?: string | undefined;
  /** Reads the token when it is needed, so that one in a file may change. Undefined with an AppRole. */
  readonly token?: (() => string) | undefined;
  readonly roleId?: (() => string) | undefined;
  readonly secretId?: (() => string) | undefined;
  /** Where the AppRole method is mounted. Default approle. */
  readonly authMount: string;
  /** Where the secrets engine is mounted, when its path has more than one part. Default: the first part of the reference. */
  readonly mount?: string | undefined;
  /** PEM text of the certificates to trust. */
  readonly ca?: string | undefined;
  /** For each call, milliseconds. */
  readonly timeoutMs: number;
}

/** A token from a login is used until this share of its time is over. */
const LEASE_SHARE = 2 / 3;

/** What has a digit and is of this form may be a secret. */
const LIKE_A_SECRET = /[\w.+/=~-]{12,}/g;
/** Characters of an error of Vault's that are told. */
const MAX_WORDS = 200;

/** Reads secrets from one Vault. */
export class Vault {
  readonly #options: VaultOptions;
  readonly #clock: Clock;
  #login: { readonly token: string; readonly until: number } | undefined;
  #loggingIn: Promise<string> | undefined;

  constructor(options: VaultOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** The field of the newest version. Rejects with a SecretError. */
  async read(ref: Extract<ManagedReference, { kind: "vault" }>): Promise<string> {
    const path = this.#apiPath(ref.path);
    let reply = await this.#get(path, await this.#token());
    if (reply.status === 403 && this.#login !== undefined) {
      // A token from a login may have been revoked before its time.
      this.#login = undefined;
      reply = await this.#get(path, await this.#token());
    }
    const body = json(reply.body);
    const outer = record(body?.data);
    if (reply.status === 404) {
      const gone = record(outer?.metadata)?.deletion_time;
      const state = typeof gone === "string" && gone !== "" ? "is deleted in its newest version" : "is not there";
      throw new SecretError("missing", `the secret ${path} ${state} in Vault; vault kv put it, or correct the path`);
    }
    this.#check(reply, body, `reading ${path}`);
    const fields = record(outer?.data);
    if (fields === undefined)
      throw new SecretError(
        "malformed",
        `Vault's answer for ${path} holds no data of a version 2 engine; is the engine at ${path.split("/data/")[0]} of kind kv version 2?`,
      );
    const names = Object.keys(fields);
    const field = ref.field ?? (names.length === 1 ? names[0] : undefined);
    if (field === undefined)
      throw new SecretError(
        "malformed",
        `the secret ${path} has ${names.length} fields; name one: ${ref.text}#${names.slice(0, 5).join(" or #")}`,
      );
    if (!Object.hasOwn(fields, field))
      throw new SecretError(
        "missing",
        `the secret ${path} has no field ${field}; it has: ${names.slice(0, 10).join(", ")}`,
      );
    const value = fields[field];
    if (typeof value !== "string" || value === "")
      throw new SecretError("malformed", `the field ${field} of ${path} is no text; put the key there as text`);
    return value;
  }

  #apiPath(path: string): string {
    const { mount } = this.#options;
    const at = mount !== undefined && path.startsWith(`${mount}/`) ? mount.length : path.indexOf("/");
    const rest = path.slice(at + 1).replace(/^data\//, "");
    return `${path.slice(0, at)}/data/${rest}`;
  }

  async #token(): Promise<string> {
    const { token } = this.#options;
    if (token !== undefined) return token();
    if (this.#login !== undefined && this.#clock.now() < this.#login.until) return this.#login.token;
    this.#loggingIn ??= this.#logIn().finally(() => {
      this.#loggingIn = undefined;
    });
    return this.#loggingIn;
  }

  async #logIn(): Promise<string> {
    const { roleId, secretId, authMount } = this.#options;
    if (roleId === undefined)
      throw new SecretError("not_configured", "Vault needs a token, or role_id and secret_id, under secrets.vault");
    const body = JSON.stringify({ role_id: roleId(), ...(secretId === undefined ? {} : { secret_id: secretId() }) });
    const reply = await this.#call("POST", `auth/${authMount}/login`, undefined, body);
    const read = json(reply.body);
    this.#check(reply, read, `the AppRole login at auth/${authMount}`);
    const auth = record(read?.auth);
    const token = auth?.client_token;
    if (typeof token !== "string" || token === "")
      throw new SecretError("malformed", `Vault's answer to the login at auth/${authMount} holds no token`);
    const lease = typeof auth?.lease_duration === "number" ? auth.lease_duration : 0;
    // A lease of 0 never ends.
    const until = lease > 0 ? this.#clock.now() + lease * 1_000 * LEASE_SHARE : Number.POSITIVE_INFINITY;
    this.#login = { token, until };
    return token;
  }

  #get(path: string, token: string): Promise<HttpReply> {
    return this.#call("GET", path, token);
  }

  async #call(method: "GET" | "POST", path: string, token?: string, body?: string): Promise<HttpReply> {
    const { address, namespace, ca, timeoutMs } = this.#options;
    const reply = await httpCall(
      {
        method,
        url: `${address.replace(/\/+$/, "")}/v1/${path.split("/").map(encodeURIComponent).join("/")}`,
        headers: {
          "x-vault-request": "true",
          ...(token === undefined ? {} : { "x-vault-token": token }),
          ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body,
        timeoutMs,
        ca,
      },
      this.#clock,
    );
    if ("reason" in reply)
      throw new SecretError("unreachable", `Vault at ${address} cannot be reached: ${reply.reason}; check the address`);
    return reply;
  }

  /** Vault's own words, or those of a proxy before it, on one short line, without what we sent and without anything like a secret. */
  #told(said: string): string {
    const { token, roleId, secretId } = this.#options;
    let words = said;
    for (const one of [token?.(), roleId?.(), secretId?.(), this.#login?.token]) {
      if (one !== undefined && one !== "") words = words.replaceAll(one, "[secret]");
    }
    return words
      .replace(LIKE_A_SECRET, (piece) => (/\d/.test(piece) ? "[secret]" : piece))
      .replace(/[^\x20-\x7e]/g, "?")
      .slice(0, MAX_WORDS);
  }

  #check({ status }: HttpReply, body: { readonly [key: string]: unknown } | undefined, what: string): void {
    if (status === 200) return;
    const said = Array.isArray(body?.errors) ? body.errors.filter((one) => typeof one === "string").join("; ") : "";
    const why = said === "" ? `status ${status}` : `status ${status}: ${this.#told(said)}`;
    if (status === 400 || status === 403)
      throw new SecretError(
        "denied",
        `Vault refuses ${what} (${why}); check the token or role, its policy, the namespace`,
      );
    if (status >= 300 && status < 400)
      throw new SecretError("unreachable", `Vault sends ${what} elsewhere (${why}); put the active node's address`);
    throw new SecretError("unreachable", `Vault cannot serve ${what} now (${why}); is it sealed?`);
  }
}

function json(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function record(value: unknown): { readonly [key: string]: unknown } | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: unknown })
    : undefined;
}
