// How secrets are looked after, with everything that the block `secrets` of the configuration points to resolved.

import type { SecretReference } from "./secret-reference.ts";

/** Durations are milliseconds. */
export interface SecretOptions {
  /** How often managers are asked anew. */
  readonly refresh: number;
  /** How often files are looked at for a change. */
  readonly file_check: number;
  /** How long a manager has for one answer. */
  readonly timeout: number;
  readonly vault?: VaultAccess | undefined;
  readonly aws?: { readonly region?: string | undefined; readonly endpoint?: string | undefined } | undefined;
}

/** A secret that is needed to read others: its value as loaded, and where it came from, so that a file may change. */
export interface Credential {
  readonly value: string;
  readonly from?: SecretReference | undefined;
}

/** Where Vault is and who we are there. */
export interface VaultAccess {
  readonly address: string;
  readonly namespace?: string | undefined;
  readonly token?: Credential | undefined;
  readonly role_id?: Credential | undefined;
  readonly secret_id?: Credential | undefined;
  readonly auth_mount: string;
  readonly mount?: string | undefined;
  /** PEM text. */
  readonly ca?: string | undefined;
}
