// fairlead token: an access token for a gateway, printed; signs in when it must.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { findRunning } from "../run-file.ts";
import type { Terminal } from "../terminal.ts";
import { SessionFile, sessionFolder } from "../token/session-file.ts";
import { type Access, federatedToken, keptToken, serviceToken, signIn, signOut } from "../token/tokens.ts";

const EXAMPLES = `
Examples:
  fairlead token --url https://llm.example.com          signs in once, then prints a fresh token each time
  fairlead token --client-id svc_… --client-secret env  for CI: the secret is in FAIRLEAD_CLIENT_SECRET
  fairlead token --assertion env:OIDC_TOKEN             for CI without a stored secret (identity.federation)
  fairlead token logout --url https://llm.example.com   ends the sign-in, here and at the gateway

As Claude Code's apiKeyHelper, in ~/.claude/settings.json:
  { "apiKeyHelper": "fairlead token --url https://llm.example.com" }

Address: --url, else FAIRLEAD_URL, else ANTHROPIC_BASE_URL, else the fairlead start that runs in this folder.
The token goes to standard output, all else to standard error. Without a terminal nobody is asked to sign in: it ends
with exit code 1 and says so. The sign-in is kept in ~/.config/fairlead, readable by its owner only.`;

interface Options {
  url?: string;
  clientId?: string;
  clientSecret?: string;
  assertion?: string;
  scope?: string;
  signIn?: boolean;
  json?: boolean;
}

/** Adds the command. */
export function tokenCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  const token = program
    .command("token")
    .summary("print an access token for a gateway; Claude Code's apiKeyHelper")
    .description("Prints a fresh access token for a gateway, and signs in first when it must.")
    .option("--url <address>", "address of the gateway")
    .option("--client-id <id>", "a service's id, svc_…")
    .option("--client-secret <from>", "where its secret is: env, env:NAME or file:PATH")
    .option("--assertion <from>", "where a token of your CI's OIDC issuer is: env:NAME or file:PATH")
    .option(
      "--scope <words>",
      "less than all that it may: scopes with blanks between, such as messages model:claude-haiku-*",
    )
    .option("--sign-in", "ask for a sign-in even without a terminal")
    .option("--json", "print the token with its end and scope as JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (options: Options) => {
      const access = await find(options, terminal);
      const { token, expiresAt, scope } = access;
      const shown = { access_token: token, expires_at: new Date(expiresAt).toISOString(), scope };
      terminal.out.write(options.json === true ? `${JSON.stringify(shown)}\n` : `${token}\n`);
      end(0);
    });
  token
    .command("logout")
    .description("Ends the sign-in at a gateway.")
    .option("--url <address>", "address of the gateway")
    .action(async (own: { url?: string }) => {
      const url = addressOf(own.url ?? token.opts<Options>().url, terminal);
      const file = new SessionFile(sessionFolder(terminal.env), url);
      const was = await file.alone(() => signOut(file, url));
      terminal.err.write(was ? `Signed out of ${url}.\n` : `There was no sign-in at ${url}.\n`);
      end(0);
    });
}

async function find(options: Options, terminal: Terminal): Promise<Access> {
  const url = addressOf(options.url, terminal);
  const { clientId, clientSecret, assertion, scope } = options;
  if (assertion !== undefined) {
    if (clientId !== undefined || clientSecret !== undefined) {
      throw new CliError("--assertion stands in for --client-id and --client-secret; give one or the other", 2);
    }
    return federatedToken(url, secretFrom(assertion, "--assertion", undefined, terminal), scope);
  }
  if (clientId !== undefined || clientSecret !== undefined) {
    if (clientId === undefined) throw new CliError("--client-secret needs --client-id", 2);
    const from = clientSecret ?? "env";
    return serviceToken(url, clientId, secretFrom(from, "--client-secret", "FAIRLEAD_CLIENT_SECRET", terminal), scope);
  }
  const file = new SessionFile(sessionFolder(terminal.env), url);
  return file.alone(async () => {
    const kept = await keptToken(file, url, scope);
    if (kept !== undefined) return kept;
    if (terminal.err.isTTY !== true && options.signIn !== true) {
      throw new CliError(`not signed in to ${url}. Run this in a terminal: fairlead token --url ${url}`);
    }
    return signIn(file, url, scope, terminal);
  });
}

/** A secret must not stand in the command line: everybody on the machine can read that. */
function secretFrom(from: string, option: string, standard: string | undefined, terminal: Terminal): string {
  const name = from === "env" ? standard : from.startsWith("env:") ? from.slice(4) : undefined;
  if (name !== undefined) {
    const value = (terminal.env[name] ?? "").trim();
    if (value !== "") return value;
    throw new CliError(`the environment variable ${name} is not set or empty; put the secret into it`);
  }
  if (from.startsWith("file:")) {
    const path = resolve(terminal.folder, from.slice(5));
    let text: string;
    try {
      text = readFileSync(path, "utf8").trim();
    } catch {
      throw new CliError(`${path} cannot be read; check the path and who may read it`);
    }
    if (text !== "") return text;
    throw new CliError(`${path} is empty`);
  }
  const ways = standard === undefined ? "env:NAME or file:PATH" : "env, env:NAME or file:PATH";
  throw new CliError(`${option} takes the place of the secret and not the secret itself: ${ways}`, 2);
}

function addressOf(given: string | undefined, terminal: Terminal): string {
  const { env } = terminal;
  const text = given || env.FAIRLEAD_URL || env.ANTHROPIC_BASE_URL || findRunning(terminal.folder)?.url;
  if (text === undefined) throw new CliError("there is no gateway to ask. Give --url, or set FAIRLEAD_URL.", 2);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:") || url.username !== "") {
    throw new CliError(`${JSON.stringify(text)} is no address. Write it as https://llm.example.com.`, 2);
  }
  if (url.protocol === "http:" && !/^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)) {
    terminal.err.write(`fairlead: tokens travel in clear to ${url.origin}; use https\n`);
  }
  return url.origin;
}
