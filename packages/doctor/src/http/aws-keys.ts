// The AWS keys that a program would sign with, as far as they can be had without asking anybody.

import type { Context } from "../context.ts";
import { Secret } from "../secret.ts";
import type { AwsKeys } from "./sigv4.ts";

/** Keys with where they are set. */
export interface FoundKeys {
  readonly keys: AwsKeys;
  readonly name: string;
  readonly where: string;
}

/** From the environment, else as fixed keys of the profile in the shared files. Undefined for SSO, roles and helpers. */
export function awsKeysOf(ctx: Context): FoundKeys | undefined {
  const look = (name: string) => (ctx.environment.value(name) ?? ctx.machine.env[name])?.trim() || undefined;
  const id = look("AWS_ACCESS_KEY_ID");
  const secret = look("AWS_SECRET_ACCESS_KEY");
  if (id !== undefined && secret !== undefined)
    return { keys: keysOf(id, secret, look("AWS_SESSION_TOKEN")), name: "AWS_ACCESS_KEY_ID", where: "environment" };
  const profile = look("AWS_PROFILE") ?? "default";
  const home = `${ctx.machine.home}/.aws`;
  for (const [path, title] of [
    [look("AWS_SHARED_CREDENTIALS_FILE") ?? `${home}/credentials`, profile],
    [look("AWS_CONFIG_FILE") ?? `${home}/config`, profile === "default" ? profile : `profile ${profile}`],
  ] as const) {
    const section = sectionOf(ctx.machine.readText(path) ?? "", title);
    const own = section.get("aws_access_key_id");
    const value = section.get("aws_secret_access_key");
    if (own !== undefined && value !== undefined)
      return { keys: keysOf(own, value, section.get("aws_session_token")), name: `profile ${profile}`, where: path };
  }
  return undefined;
}

function keysOf(id: string, secret: string, token: string | undefined): AwsKeys {
  return {
    id: new Secret(id),
    secret: new Secret(secret),
    ...(token === undefined ? {} : { token: new Secret(token) }),
  };
}

function sectionOf(text: string, title: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(.+?)\s*\]/.exec(line)?.[1];
    if (head !== undefined) inside = head === title;
    const [, name, value] = /^\s*([\w]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (inside && name !== undefined && value !== undefined && value !== "") found.set(name, value);
  }
  return found;
}
