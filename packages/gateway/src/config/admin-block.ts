// The admin address in the configuration: its own options, its keys, and signing in of people.

import type { BlockSpec, Values } from "@fairlead/engine";
import { z } from "zod";

/** Options of `admin_api`. */
export const ADMIN_OPTIONS = {
  metrics_open: {
    kind: "choice",
    words: ["loopback", "all", "none"],
    default: "loopback",
    says: "Who may read /metrics without a credential: whoever connects over a loopback address, everybody, or nobody.",
  },
  body_bytes: {
    kind: "integer",
    min: 65_536,
    max: 16_777_216,
    default: 2_097_152,
    unit: "bytes",
    says: "Largest body of a request to the admin address.",
  },
  session: {
    kind: "duration",
    min: 300_000,
    max: 604_800_000,
    default: 43_200_000,
    says: "How long a person stays signed in.",
  },
} as const satisfies BlockSpec;

/** The options with their values. */
export type AdminApiConfig = Values<typeof ADMIN_OPTIONS>;

/** Who of those that an identity provider knows may do what: the first rule that fits counts. */
export interface SignInRule {
  readonly grant: "admin" | "reader" | "member";
  /** For a reader of one project; a member has one. */
  readonly project?: string | undefined;
  /** A claim of the id token that is, or holds, `value`. */
  readonly claim?: string | undefined;
  readonly value?: string | undefined;
  /** The domain of an e-mail address that the provider has verified. */
  readonly email_domain?: string | undefined;
}

/** Signing in with an identity provider. */
export interface SignInConfig {
  readonly issuer: string;
  readonly client_id: string;
  /** The secret itself; undefined for a public client. */
  readonly client_secret?: string | undefined;
  /** Where the provider sends people back to: the admin address as browsers see it, and /sign-in/callback. */
  readonly redirect_url: string;
  readonly scopes: readonly string[];
  readonly roles: readonly SignInRule[];
}

const HOST_RULE = "must be a name such as admin.example.com, without scheme and port";
const ISSUER_RULE = "must be an https:// address without query (http:// on a loopback address only)";
const REDIRECT_RULE = "must be https://…/sign-in/callback (http:// on a loopback address only)";

/** An address that secrets may travel to: https, or this machine. */
function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username } = new URL(text);
  if (search !== "" || hash !== "" || username !== "") return false;
  return protocol === "https:" || (protocol === "http:" && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname));
}

const rule = z
  .strictObject({
    grant: z.enum(["admin", "reader", "member"], { error: "must be admin, reader or member" }).meta({
      description:
        "admin may change things; reader may look; member may look at one project and sign devices in to it (fairlead token).",
    }),
    project: z.string().min(1).max(64).optional().meta({ description: "The one project of a member or reader." }),
    claim: z.string().min(1).max(100).optional().meta({ description: "Name of a claim of the id token." }),
    value: z.string().min(1).max(200).optional().meta({ description: "What that claim is, or holds." }),
    email_domain: z
      .string()
      .regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, { error: "must be a domain in lower case, such as example.com" })
      .optional()
      .meta({ description: "The domain of an e-mail address that the provider has verified." }),
  })
  .refine((one) => (one.claim === undefined) === (one.value === undefined), {
    error: "claim and value belong together",
  })
  .refine((one) => (one.claim === undefined) !== (one.email_domain === undefined), {
    error: "must have either claim and value, or email_domain",
  })
  .refine((one) => one.project === undefined || one.grant !== "admin", {
    error: "an admin is one for all projects; leave project out, or write grant: member",
  })
  .refine((one) => one.project !== undefined || one.grant !== "member", { error: "a member needs a project" });

/** `admin_keys`. */
export const adminKeysField = z.array(z.string()).default([]).meta({
  description: `Keys for the admin API as references: \${NAME}, or file:./path with one key on each line. Others are made by fairlead keys create --admin-key.`,
});

/** `admin_hosts`. */
export const adminHostsField = z
  .array(z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,252})$/, { error: HOST_RULE }))
  .default([])
  .meta({
    description: "Names besides those of loopback and plain addresses under which the admin address is called.",
  });

/** `admin_sign_in`. */
export const signInField: z.ZodType<SignInConfig | undefined> = z
  .strictObject({
    issuer: z
      .string()
      .refine(isSafe, { error: ISSUER_RULE })
      .meta({ description: "The identity provider, as its discovery document names itself." }),
    client_id: z.string().min(1).max(200).meta({ description: "What the provider knows this gateway by." }),
    client_secret: z.string().optional().meta({ description: `A reference: \${NAME} or file:./path.` }),
    redirect_url: z
      .string()
      .refine((text) => isSafe(text) && new URL(text).pathname.endsWith("/sign-in/callback"), { error: REDIRECT_RULE })
      .meta({
        description: "Registered at the provider: the admin address as browsers see it, and /sign-in/callback.",
      }),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/, { error: "must be a scope without blanks" }))
      .default(["openid", "profile", "email"])
      .refine((list) => list.includes("openid"), { error: "must hold openid" })
      .meta({ description: "What is asked of the provider." }),
    roles: z
      .array(rule)
      .min(1, { error: "must hold at least one rule: without one nobody may sign in" })
      .meta({ description: "Who may do what; the first rule that fits counts, and whom none fits is refused." }),
  })
  .optional();
