// Which roots count: the public ones, the operating system's, and those that the program in question is told to trust.

import { rootCertificates } from "node:tls";
import type { Context } from "../context.ts";
import type { Setting, Source } from "../environment/environment.ts";
import { type CaFile, examine, pathAsTaken } from "./ca-file.ts";
import { RootStore } from "./root-store.ts";
import { claudeReadsSystemStore, knowsSystemCaFlag, knowsSystemCaVariable, nodeVersionOf } from "./versions.ts";

/** Variables that name roots to trust, each with the programs that read it. */
export const ROOT_VARIABLES: { readonly [name: string]: readonly string[] } = {
  NODE_EXTRA_CA_CERTS: ["node", "claude-code"],
  SSL_CERT_FILE: ["python", "curl"],
  SSL_CERT_DIR: ["python", "curl"],
  REQUESTS_CA_BUNDLE: [],
  CURL_CA_BUNDLE: ["curl"],
  AWS_CA_BUNDLE: [],
  GIT_SSL_CAINFO: [],
  "npm.cafile": [],
  "git.http.sslcainfo": [],
};

/** A place that names a file of roots, and what is in the file. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
  readonly source: Source;
  /** The program reads this variable, and this is the value that counts. */
  readonly read: boolean;
  readonly file: CaFile;
  readonly roots: RootStore;
}

/** The roots of one examination. */
export interface Stores {
  readonly public: RootStore;
  /** Undefined when the system's store cannot be read. */
  readonly system: RootStore | undefined;
  /** From the files that the program reads. */
  readonly extra: RootStore;
  /** All that the program trusts. */
  readonly program: RootStore;
  /** Every file that is named anywhere. */
  readonly files: readonly NamedFile[];
  /** An intermediate in the program's store is enough for it. */
  readonly partial: boolean;
  /** The program would accept a root of the system's store. */
  readonly readsSystem: boolean;
}

/** Finds every file of roots that is named anywhere, and looks into it once. */
export function namedFiles(ctx: Context): readonly NamedFile[] {
  const { environment, machine } = ctx;
  const files: NamedFile[] = [];
  for (const name of Object.keys(ROOT_VARIABLES)) {
    const variable = environment.variables.get(name);
    for (const setting of variable?.all ?? []) {
      const path = textOf(setting);
      if (path === "" || files.some((one) => one.name === name && one.path === path)) continue;
      const file = examine(machine, path, ctx.rt.clock.wall(), name === "SSL_CERT_DIR");
      const effective = variable?.effective;
      const read = readByProgram(ctx, name) && effective !== undefined && textOf(effective) === path;
      files.push({
        name,
        path: pathAsTaken(machine, path),
        source: setting.source,
        read,
        file,
        roots: new RootStore(() => [file.pem]),
      });
    }
  }
  return files;
}

/** Gathers the roots; nothing is parsed yet. */
export function storesOf(ctx: Context): Stores {
  const { environment, options } = ctx;
  const own = options.publicRoots;
  const publicPem = () => (own === undefined ? rootCertificates : [own]);
  // A lab's public roots stand in every system store, as the real ones do.
  const systemPem = () => (own === undefined ? environment.systemRoots : [...environment.systemRoots, own]);
  const files = namedFiles(ctx);
  const read = files.filter((one) => one.read && (one.file.problem === undefined || one.file.problem === "expired"));
  const extraPem = () => read.map(({ file }) => file.pem);
  const wanted = usesOf(ctx, read.length > 0);
  // A store that cannot be read is taken to hold the public roots: unknown is no fault.
  const uses = wanted.system && environment.systemRoots.length === 0 ? { ...wanted, public: true } : wanted;
  return {
    public: new RootStore(publicPem),
    system: environment.systemRoots.length === 0 ? undefined : new RootStore(systemPem),
    extra: new RootStore(extraPem),
    program: new RootStore(...(uses.public ? [publicPem] : []), ...(uses.system ? [systemPem] : []), extraPem),
    files,
    partial: environment.client === "curl",
    readsSystem: uses.system,
  };
}

interface Uses {
  readonly public: boolean;
  readonly system: boolean;
}

/** Which of the two a program takes its roots from besides the files that it reads. */
function usesOf(ctx: Context, filesRead: boolean): Uses {
  const { environment, machine } = ctx;
  switch (environment.client) {
    case "claude-code": {
      // https://code.claude.com/docs/en/network-config: a list of `bundled` and `system`, both by default.
      const listed = environment
        .value("CLAUDE_CODE_CERT_STORE")
        ?.split(",")
        .map((one) => one.trim().toLowerCase());
      const wants = (store: string) =>
        listed === undefined || listed.every((one) => one === "") || listed.includes(store);
      return {
        public: wants("bundled"),
        system: claudeReadsSystemStore(environment.clientVersion) && wants("system"),
      };
    }
    case "node": {
      if (usesOpensslStore(ctx)) return { public: false, system: !filesRead };
      return { public: true, system: nodeReadsSystem(ctx) };
    }
    // httpx, on which Anthropic's SDK stands: SSL_CERT_FILE or SSL_CERT_DIR in place of certifi (a copy of Mozilla's list).
    case "python":
      return { public: !filesRead, system: false };
    case "curl":
      // On Windows curl uses the system's store whatever the variables say.
      return { public: false, system: !filesRead || machine.platform === "win32" };
  }
}

/** The program was told to check nothing: then a certificate stops nothing, and is only dangerous. */
export function verifiesNothing({ environment }: Context): boolean {
  const { client } = environment;
  return (client === "node" || client === "claude-code") && environment.value("NODE_TLS_REJECT_UNAUTHORIZED") === "0";
}

function usesOpensslStore(ctx: Context): boolean {
  return /(?:^|\s)--use-openssl-ca(?:\s|$)/.test(ctx.environment.value("NODE_OPTIONS") ?? "");
}

/** Whether Node was told to trust the system's store, by a version that understands it. */
export function nodeReadsSystem(ctx: Context): boolean {
  const node = nodeVersionOf(ctx);
  const flag = /(?:^|\s)--use-system-ca(?:\s|$)/.test(ctx.environment.value("NODE_OPTIONS") ?? "");
  if (flag && knowsSystemCaFlag(node)) return true;
  return ctx.environment.value("NODE_USE_SYSTEM_CA") === "1" && knowsSystemCaVariable(node);
}

function readByProgram(ctx: Context, name: string): boolean {
  const { client } = ctx.environment;
  if (client === "node" && usesOpensslStore(ctx) && (name === "SSL_CERT_FILE" || name === "SSL_CERT_DIR")) return true;
  if (!ROOT_VARIABLES[name]?.includes(client)) return false;
  // The first that is set wins: httpx takes the file, curl its own variable.
  const before = client === "curl" ? ["CURL_CA_BUNDLE", "SSL_CERT_FILE"] : client === "python" ? ["SSL_CERT_FILE"] : [];
  const rank = before.indexOf(name);
  return before
    .slice(0, rank < 0 ? before.length : rank)
    .every((other) => other === name || !ctx.environment.value(other));
}

function textOf({ value }: Setting): string {
  return typeof value === "string" ? value : value.reveal();
}
