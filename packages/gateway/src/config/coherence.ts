// What a schema cannot see: names that must be unique, rules that point somewhere, addresses that must not be open.
// It looks at the file as written, so that its findings come together with the schema's.

import { nearest } from "@fairlead/engine";
import type { Found, Path } from "./problem.ts";
import { isLoopback } from "./proxy.ts";
import { PROVIDERS, readAddress } from "./schema.ts";

/** Problems and warnings of a file whose shape may still be wrong. */
export interface Coherence {
  readonly problems: readonly Found[];
  readonly warnings: readonly Found[];
}

/** Checks the parts of the file against each other. */
export function checkCoherence(content: unknown): Coherence {
  const problems: Found[] = [];
  const warnings: Found[] = [];
  const file = block(content);
  const upstreams = list(file.upstreams).map(block);
  const names = upstreams.map((one) => text(one.name)).filter((name) => name !== undefined);

  duplicates(
    upstreams.map((one) => one.name),
    (i) => ["upstreams", i, "name"],
    "upstream",
    problems,
  );
  duplicates(
    list(file.projects).map((one) => block(one).name),
    (i) => ["projects", i, "name"],
    "project",
    problems,
  );
  duplicates(
    list(file.models).map((one) => block(one).match),
    (i) => ["models", i, "match"],
    "rule for",
    problems,
  );
  for (const [i, one] of upstreams.entries()) checkUpstream(one, ["upstreams", i], problems, warnings);
  checkQuotas(upstreams, problems);
  checkRules(list(file.models), names, problems, warnings);
  if (file.models !== undefined) checkUnused(list(file.models), names, warnings);
  checkListeners(file, problems, warnings);
  checkDuplicates(file, warnings);
  return { problems, warnings };
}

function checkUpstream(one: Block, at: Path, problems: Found[], warnings: Found[]): void {
  const provider = text(one.provider);
  if (provider !== undefined && provider !== "anthropic" && (PROVIDERS as readonly string[]).includes(provider)) {
    problems.push({
      path: [...at, "provider"],
      code: "not_yet",
      message: `${provider} is not in this version of Fairlead; use provider: anthropic, or take this upstream out`,
    });
    return;
  }
  const base = text(one.base_url);
  if (base !== undefined) checkBaseUrl(base, [...at, "base_url"], problems, warnings);
  for (const [here, other] of [
    ["client_cert_file", "client_key_file"],
    ["client_key_file", "client_cert_file"],
  ] as const) {
    if (one[here] === undefined || one[other] !== undefined) continue;
    problems.push({ path: [...at, here], code: "missing", message: `needs ${other} beside it; add it` });
  }
}

/** One answer for duplicates is given by joining them, which may be switched off. */
function checkDuplicates(file: Block, warnings: Found[]): void {
  if (text(block(file.join).messages) !== "off") return;
  for (const [i, project] of list(file.projects).map(block).entries()) {
    if (project.duplicates === undefined || (text(block(project.duplicates).answer) ?? "once") !== "once") continue;
    warnings.push({
      path: ["projects", i, "duplicates"],
      code: "unused",
      message:
        "has no effect: `answer: once` needs join.messages, which is off. Set join.messages to keyed, or answer to refuse",
    });
  }
}

/** An account has one quota, however many upstreams use it. */
function checkQuotas(upstreams: readonly Block[], problems: Found[]): void {
  const first = new Map<string, number>();
  for (const [i, one] of upstreams.entries()) {
    const account = text(one.account);
    if (account === undefined || one.quota === undefined) continue;
    const before = first.get(account);
    if (before === undefined) first.set(account, i);
    else if (!["rpm", "itpm", "otpm"].every((key) => block(one.quota)[key] === block(upstreams[before]?.quota)[key])) {
      problems.push({
        path: ["upstreams", i, "quota"],
        code: "duplicate",
        message: `is another than that of ${text(upstreams[before]?.name) ?? "the upstream"} above, which uses the same account ${account}; write it at one of them only`,
      });
    }
  }
}

function checkBaseUrl(base: string, path: Path, problems: Found[], warnings: Found[]): void {
  const bad = (message: string) => problems.push({ path, code: "base_url", message });
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    bad(`must be an address such as https://api.anthropic.com; got ${JSON.stringify(base)}`);
    return;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    bad(`must begin with https:// (or http:// inside your own network); got ${JSON.stringify(base)}`);
    return;
  }
  if (url.username !== "" || url.password !== "")
    bad("holds a user name or password; put the key into api_key instead");
  if (url.search !== "" || url.hash !== "") bad("must not hold a ? or # part; write the address alone");
  const path0 = url.pathname.replace(/\/+$/, "");
  if (/\/v1$/i.test(path0)) {
    bad(
      `ends in /v1, but the API's paths begin with /v1 already, so requests would go to /v1/v1/messages; write ${url.origin}${path0.slice(0, -3)}`,
    );
  } else if (/\/v1\/(messages|complete|models)$/i.test(path0)) {
    bad(`is the address of one method; write ${url.origin}${path0.replace(/\/v1\/.*$/i, "")}`);
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    warnings.push({
      path,
      code: "plain_http",
      message: "keys and prompts travel in clear over http; use https where it is possible",
    });
  }
}

function checkRules(rules: readonly unknown[], names: readonly string[], problems: Found[], warnings: Found[]): void {
  let all: string | undefined;
  for (const [i, rule] of rules.entries()) {
    const match = text(block(rule).match);
    if (all !== undefined) {
      warnings.push({
        path: ["models", i],
        code: "unused",
        message: `is never reached: the rule ${JSON.stringify(all)} above takes every model; move this one up`,
      });
    } else if (match !== undefined && /^\*+$/.test(match)) all = match;
    const seen = new Set<string>();
    for (const [j, entry] of list(block(rule).upstreams).entries()) {
      const plain = text(entry);
      const name = plain ?? text(block(entry).upstream);
      if (name === undefined) continue;
      const path: Path =
        plain === undefined ? ["models", i, "upstreams", j, "upstream"] : ["models", i, "upstreams", j];
      if (!names.includes(name)) {
        const near = nearest(name, names);
        const known =
          names.length === 0 ? "no upstream has a name yet" : `upstreams are: ${[...new Set(names)].join(", ")}`;
        problems.push({
          path,
          code: "unknown_upstream",
          message: `there is no upstream ${JSON.stringify(name)}; ${near === undefined ? known : `did you mean ${near}?`}`,
        });
      } else if (seen.has(name)) {
        problems.push({ path, code: "duplicate", message: `names ${name} twice in one rule; keep one` });
      }
      seen.add(name);
    }
  }
}

function checkUnused(rules: readonly unknown[], names: readonly string[], warnings: Found[]): void {
  const used = rules.flatMap((rule) =>
    list(block(rule).upstreams).map((one) => text(one) ?? text(block(one).upstream)),
  );
  for (const [i, name] of names.entries()) {
    if (used.includes(name)) continue;
    warnings.push({
      path: ["upstreams", i, "name"],
      code: "unused",
      message: `no rule in models uses ${name}; add it to one, or take it out`,
    });
  }
}

function checkListeners(file: Block, problems: Found[], warnings: Found[]): void {
  const listen = readAddress(text(file.listen) ?? "127.0.0.1:4100");
  const admin = readAddress(text(file.admin) ?? "127.0.0.1:4101");
  if (listen !== undefined && admin !== undefined && listen.port !== 0 && listen.port === admin.port) {
    problems.push({
      path: [file.admin === undefined ? "listen" : "admin"],
      code: "same_port",
      message: `listen and admin have the same port ${admin.port}; give each its own`,
    });
  }
  const keys = list(file.projects).flatMap((one) => list(block(one).keys));
  if (listen !== undefined && !isLoopback(listen.host) && keys.length === 0) {
    problems.push({
      path: ["listen"],
      code: "no_keys",
      message: `${listen.host} can be reached by others, and there is no key to keep them out; add projects with keys, or listen on 127.0.0.1:${listen.port}`,
    });
  }
  if (admin !== undefined && !isLoopback(admin.host)) {
    warnings.push({
      path: ["admin"],
      code: "open_admin",
      message: `${admin.host} can be reached by others, and keys go to it in clear; keep it on 127.0.0.1, or behind a firewall and a proxy with TLS`,
    });
  }
}

function duplicates(values: readonly unknown[], path: (i: number) => Path, what: string, problems: Found[]): void {
  const first = new Map<string, number>();
  for (const [i, value] of values.entries()) {
    if (typeof value !== "string") continue;
    const before = first.get(value);
    if (before === undefined) first.set(value, i);
    else
      problems.push({
        path: path(i),
        code: "duplicate",
        message: `there is another ${what} ${JSON.stringify(value)} above; rename or remove one`,
      });
  }
}

type Block = { readonly [key: string]: unknown };

function block(value: unknown): Block {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Block) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
