// The secret managers of one configuration: which of them a reference is for, and a reading of it.

import type { Clock } from "@fairlead/runtime";
import { AwsSecretsManager } from "./aws-secrets-manager.ts";
import { isKey, keysIn, readText } from "./key-file.ts";
import { SecretError } from "./secret-manager.ts";
import type { Credential, SecretOptions } from "./secret-options.ts";
import type { SecretReference } from "./secret-reference.ts";
import { Vault } from "./vault.ts";

/** Reads references. Nothing is connected to before the first one. */
export class SecretManagers {
  readonly #options: SecretOptions;
  readonly #clock: Clock;
  #vault: Vault | undefined;
  #aws: AwsSecretsManager | undefined;

  constructor(options: SecretOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** The value behind a reference now. Rejects with a SecretError; a variable of the environment does not change. */
  async read(ref: SecretReference): Promise<string> {
    const value = ref.kind === "file" ? fromFile(ref.path) : await this.#managed(ref);
    if (isKey(value)) return value;
    throw new SecretError(
      "malformed",
      `${ref.text} holds blanks or letters that no key has; it must hold the key alone`,
    );
  }

  close(): void {
    this.#aws?.close();
  }

  async #managed(ref: SecretReference): Promise<string> {
    const { timeout, vault, aws } = this.#options;
    if (ref.kind === "aws-sm") {
      this.#aws ??= new AwsSecretsManager({ ...aws, timeoutMs: timeout }, this.#clock);
      return (await this.#aws.read(ref)).trim();
    }
    if (ref.kind !== "vault") throw new SecretError("missing", `${ref.text} is read at the start only`);
    if (vault === undefined)
      throw new SecretError(
        "not_configured",
        "vault: needs an address such as https://vault.example:8200; set secrets.vault.address or VAULT_ADDR",
      );
    this.#vault ??= new Vault(
      {
        address: vault.address,
        namespace: vault.namespace,
        token: current(vault.token),
        roleId: current(vault.role_id),
        secretId: current(vault.secret_id),
        authMount: vault.auth_mount,
        mount: vault.mount,
        ca: vault.ca,
        timeoutMs: timeout,
      },
      this.#clock,
    );
    return (await this.#vault.read(ref)).trim();
  }
}

/** A credential in a file is read when it is needed: agents of managers renew it there. While there is none in it, the one that was loaded counts. */
function current(credential: Credential | undefined): (() => string) | undefined {
  if (credential === undefined) return undefined;
  const { from, value } = credential;
  if (from?.kind !== "file") return () => value;
  return () => {
    try {
      const text = fromFile(from.path);
      return isKey(text) ? text : value;
    } catch {
      return value;
    }
  };
}

function fromFile(path: string): string {
  const read = readText(path);
  if ("message" in read) throw new SecretError("missing", read.message);
  const keys = keysIn(read.text);
  if (keys.length === 1) return keys[0] as string;
  const found = keys.length === 0 ? "no key" : `${keys.length} lines`;
  throw new SecretError("malformed", `${path} holds ${found}; exactly one key belongs in it`);
}
