// The block `secrets`: how often secrets are looked at, and where Vault and AWS Secrets Manager are.

import type { BlockSpec } from "@fairlead/engine";
import { z } from "zod";
import type { Credential, SecretOptions, VaultAccess } from "../secrets/secret-options.ts";
import { optionSchema, shown } from "./option-schema.ts";
import type { Found, Path } from "./problem.ts";
import type { Environment, References, Resolved } from "./secrets.ts";

/** Options of `secrets` that are numbers. */
export const SECRET_OPTIONS = {
  refresh: {
    kind: "duration",
    min: 10_000,
    max: 86_400_000,
    default: 300_000,
    says: "How often secret managers are asked anew, a tenth more or less; the last good value stays while one is down.",
  },
  file_check: {
    kind: "duration",
    min: 500,
    max: 300_000,
    default: 2_000,
    says: "How often files with keys are looked at for a change.",
  },
  timeout: {
    kind: "duration",
    min: 500,
    max: 60_000,
    default: 5_000,
    says: "How long a secret manager has for one answer.",
  },
} as const satisfies BlockSpec;

const ADDRESS_RULE = "must be an address such as https://vault.example:8200";
const httpAddress = z
  .string({ error: ADDRESS_RULE })
  .refine((text) => /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/.test(text) && URL.canParse(text), { error: ADDRESS_RULE });
const MOUNT_RULE = "must be the path of a mount, without / at its ends";
const NAMESPACE_RULE = "must be the path of a namespace, such as team/a";
const namespace = z.string().regex(/^[!-~]+$/, { error: NAMESPACE_RULE });
const mount = z.string().regex(/^[^\s/?#]+(\/[^\s/?#]+)*$/, { error: MOUNT_RULE });
const secret = (says: string) => z.string().min(1).optional().meta({ description: says });

const vault = z
  .strictObject({
    address: httpAddress.optional().meta({ description: "Address of Vault. Default: VAULT_ADDR." }),
    namespace: namespace.optional().meta({ description: "Namespace. Default: VAULT_NAMESPACE, else none." }),
    token: secret("A token as a reference (env or file, read anew when used). Default: VAULT_TOKEN."),
    role_id: secret("The role of an AppRole, as a reference; goes before the token."),
    secret_id: secret("The secret of the AppRole, as a reference."),
    auth_mount: mount.default("approle").meta({ description: "Where the AppRole method is mounted." }),
    mount: mount.optional().meta({
      description:
        "Where the KV version 2 engine is mounted, when that path has more than one part. Default: the first part of a reference.",
    }),
    ca_file: z.string().min(1).optional().meta({ description: "PEM file to trust for Vault. Default: VAULT_CACERT." }),
  })
  .optional()
  .meta({ description: "HashiCorp Vault, for references vault:mount/path#field." });

const aws = z
  .strictObject({
    region: z
      .string()
      .regex(/^[a-z0-9-]{3,40}$/, { error: "must be a region such as eu-central-1" })
      .optional()
      .meta({ description: "Region. Default: that of an ARN, else AWS_REGION." }),
    endpoint: httpAddress.optional().meta({ description: "Another address of the service, such as a VPC endpoint." }),
  })
  .optional()
  .meta({
    description: "AWS Secrets Manager, for references aws-sm:name#json.key. Credentials: those the AWS SDK finds.",
  });

/** The block as it stands in the file. */
export const secretsField = z
  .strictObject({
    refresh: optionSchema(SECRET_OPTIONS.refresh).prefault(shown(SECRET_OPTIONS.refresh)),
    file_check: optionSchema(SECRET_OPTIONS.file_check).prefault(shown(SECRET_OPTIONS.file_check)),
    timeout: optionSchema(SECRET_OPTIONS.timeout).prefault(shown(SECRET_OPTIONS.timeout)),
    vault,
    aws,
  })
  .prefault({})
  .meta({ description: "Where secrets are kept besides the environment and files, and how they are looked after." });

/** Keys of the block whose value is a reference to a secret. */
const CREDENTIALS = ["token", "role_id", "secret_id"] as const;

/**
 * The block with what it points to resolved. Problems stand at their keys; a reference to a manager cannot be how a
 * manager is reached.
 */
export function resolveSecrets(
  content: unknown,
  references: References,
  env: Environment,
): { readonly options: SecretOptions; readonly problems: readonly Found[] } {
  const problems: Found[] = [];
  const parsed = secretsField.safeParse((content as { secrets?: unknown } | null)?.secrets ?? {});
  // Problems of its shape are told by the whole schema.
  if (!parsed.success) return { options: DEFAULTS, problems };
  const { refresh, file_check, timeout, aws: service } = parsed.data as SecretOptions;
  const given = parsed.data.vault;
  const address = given?.address ?? env.VAULT_ADDR;
  const numbers = { refresh, file_check, timeout, ...(service === undefined ? {} : { aws: service }) };
  if (address === undefined || address === "") {
    if (given !== undefined)
      problems.push({
        path: ["secrets", "vault"],
        code: "missing",
        message: "has no address, and VAULT_ADDR is not set; add address: https://vault.example:8200",
      });
    return { options: numbers, problems };
  }
  // The environment is that of other programs too: what they mean by it is told only where the file has the block.
  const told = (name: string, rule: string) => {
    if (given !== undefined)
      problems.push({ path: ["secrets", "vault"], code: "wrong_value", message: `${name} ${rule}` });
  };
  if (!httpAddress.safeParse(address).success) {
    told("VAULT_ADDR", ADDRESS_RULE);
    return { options: numbers, problems };
  }
  const space = given?.namespace ?? (env.VAULT_NAMESPACE || undefined);
  if (!namespace.optional().safeParse(space).success) told("VAULT_NAMESPACE", NAMESPACE_RULE);
  const credentials: { [K in (typeof CREDENTIALS)[number]]?: Credential } = {};
  for (const key of CREDENTIALS) {
    const text = given?.[key] ?? (key === "token" ? env.VAULT_TOKEN : undefined);
    if (text === undefined || text === "") continue;
    const plain = given?.[key] === undefined;
    if (plain && given?.role_id !== undefined) continue;
    const read: Resolved = references.secrets(plain ? `\${VAULT_TOKEN}` : text, false);
    if ("values" in read)
      credentials[key] = { value: read.values[0] ?? "", from: plain ? undefined : references.of(text) };
    else if (!plain) problems.push({ path: ["secrets", "vault", key], code: read.code, message: read.message });
    else if (given !== undefined) problems.push({ path: ["secrets", "vault"], code: read.code, message: read.message });
  }
  if (credentials.role_id !== undefined) delete credentials.token;
  const file = given?.ca_file ?? env.VAULT_CACERT;
  const ca = file === undefined || file === "" ? undefined : references.text(file);
  if (ca !== undefined && !("values" in ca))
    problems.push({ path: ["secrets", "vault", "ca_file"], code: ca.code, message: ca.message });
  const access: VaultAccess = {
    address,
    namespace: space,
    ...credentials,
    auth_mount: given?.auth_mount ?? "approle",
    mount: given?.mount,
    ca: ca !== undefined && "values" in ca ? ca.values[0] : undefined,
  };
  return { options: { ...numbers, vault: access }, problems };
}

const DEFAULTS: SecretOptions = {
  refresh: SECRET_OPTIONS.refresh.default,
  file_check: SECRET_OPTIONS.file_check.default,
  timeout: SECRET_OPTIONS.timeout.default,
};

/** For tests and callers that make a configuration by hand: nothing but the defaults. */
export function defaultSecretOptions(): SecretOptions {
  return DEFAULTS;
}

/** Every reference to a secret manager in a file, each once, with the place where it stands first. */
export function managedIn(
  value: unknown,
  found: (text: string, path: Path) => void,
  managed: (text: string) => boolean,
  path: Path = [],
): void {
  if (typeof value === "string") {
    if (managed(value)) found(value, path);
  } else if (Array.isArray(value)) {
    for (const [i, one] of value.entries()) managedIn(one, found, managed, [...path, i]);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, one] of Object.entries(value)) managedIn(one, found, managed, [...path, key]);
  }
}
