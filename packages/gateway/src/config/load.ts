// Loads fairlead.yaml: syntax, shape, coherence, secrets; every problem at once, each with line and column.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { weakness } from "../identity/sealer.ts";
import { resolveAlerts } from "./alerts-block.ts";
import { checkCoherence } from "./coherence.ts";
import type { Config, ProjectConfig, UpstreamConfig } from "./config.ts";
import { MOST_PROBLEMS, readYaml } from "./document.ts";
import { foundOf } from "./issues.ts";
import { knownKeys } from "./known-keys.ts";
import { resolveOtel } from "./otel-block.ts";
import { ConfigError, type Found, type Path, type Problem, showPath, withoutPlainSecrets } from "./problem.ts";
import { chooseProxy, isLoopback } from "./proxy.ts";
import { ConfigFile, type ConfigFileValues, configJsonSchema, readAddress } from "./schema.ts";
import { type Environment, type Managed, References, type Resolved } from "./secrets.ts";
import { resolveSecrets } from "./secrets-block.ts";
import { placedStore } from "./store-fields.ts";

/** What a good file gives. Warnings have the form of problems. */
export interface Loaded {
  readonly config: Config;
  readonly warnings: readonly Problem[];
  /** Absolute paths of the files with keys and certificates that were read: a change of one may want a new load. */
  readonly files: readonly string[];
  /** The text itself. */
  readonly text: string;
}

/** A key that begins so may stand in the file as it is, while the gateway listens on a loopback address only. */
const DEV_KEY = "fl-dev-";

/** Keys shorter than this can be guessed, characters (64 bits in base 16). */
const SHORT_KEY = 16;

/** Shortest admin key, characters (128 bits in base 16). */
const ADMIN_KEY = 32;

/**
 * Reads and checks a configuration file and resolves what it points to.
 * @param file path of the YAML file (JSON is YAML too)
 * @param env where `${NAME}` and the proxy variables come from
 * @throws ConfigError with all problems
 */
export function loadConfig(file: string, env: Environment): Loaded {
  return readConfig(readConfigText(file), file, env);
}

/** The text of a configuration file. Throws a ConfigError when it cannot be read. */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    const message =
      code === "ENOENT"
        ? "there is no such file; make it, or name another with -c"
        : `the file cannot be read: ${e instanceof Error ? e.message : String(e)}`;
    throw new ConfigError([{ file, line: 1, column: 1, path: "", code: "file_unreadable", message }]);
  }
}

/**
 * The same for text that is at hand. `file` names it in problems, and its folder is where relative paths start; `managed`
 * is what secret managers said (`openConfig` asks them).
 */
export function readConfig(text: string, file: string, env: Environment, managed?: Managed): Loaded {
  const yaml = readYaml(text);
  if (yaml.syntax.length > 0) {
    throw new ConfigError(yaml.syntax.map((one) => ({ file, ...one, path: "", code: "syntax" })));
  }
  const references = new References(file, env, managed);
  const placed = (found: Found): Problem => ({
    file,
    ...yaml.place(found.path, found.onKey === true),
    path: withoutPlainSecrets(showPath(found.path)),
    message: withoutPlainSecrets(references.withoutValues(found.message)),
    code: found.code,
  });

  const problems: Found[] = [];
  const content = expand(yaml.content ?? {}, [], references, problems);
  const parsed = ConfigFile.safeParse(content, { reportInput: true });
  if (!parsed.success) problems.push(...foundOf(parsed.error.issues, knownKeys(configJsonSchema())));
  const coherence = checkCoherence(content);
  problems.push(...coherence.problems);
  const outside = resolveAll(content, references, env);
  const secrets = resolveSecrets(content, references, env);
  const alerts = resolveAlerts(content, references);
  const otel = resolveOtel(content, references);
  problems.push(...outside.problems, ...secrets.problems, ...alerts.problems, ...otel.problems);
  const counted = withoutNotYet(problems.slice(0, MOST_PROBLEMS));
  if (counted.length > 0 || !parsed.success) throw new ConfigError(inOrder(counted.map(placed)), [...references.files]);
  return {
    config: {
      ...build(parsed.data, outside, references, dirname(resolve(file))),
      secrets: secrets.options,
      alerts: alerts.options,
      otel: otel.options,
    },
    warnings: inOrder(
      [...coherence.warnings, ...outside.warnings, ...alerts.warnings].slice(0, MOST_PROBLEMS).map(placed),
    ),
    files: references.files,
    text,
  };
}

/** Everything the file points to, by dotted path. */
interface Outside {
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly Found[];
  readonly warnings: readonly Found[];
}

function resolveAll(content: unknown, references: References, env: Environment): Outside {
  const values = new Map<string, readonly string[]>();
  const problems: Found[] = [];
  const warnings: Found[] = [];
  const take = (path: Path, resolved: Resolved) => {
    if ("values" in resolved) values.set(showPath(path), resolved.values);
    else problems.push({ path, code: resolved.code, message: resolved.message });
  };
  for (const [i, one] of items(content, "upstreams").entries()) {
    const at = (key: string): Path => ["upstreams", i, key];
    if (typeof one.api_key === "string") take(at("api_key"), references.secrets(one.api_key, false));
    for (const key of ["ca_file", "client_cert_file", "client_key_file"]) {
      const path = one[key];
      if (typeof path === "string" && path !== "") take(at(key), pem(references.text(path), key));
    }
    const base = typeof one.base_url === "string" ? one.base_url : "https://api.anthropic.com";
    if (!URL.canParse(base) || (one.proxy !== undefined && typeof one.proxy !== "string")) continue;
    const choice = chooseProxy(one.proxy ?? "env", new URL(base), env);
    if ("message" in choice) problems.push({ path: at("proxy"), code: "proxy", message: choice.message });
    else if (choice.url !== undefined) values.set(showPath(at("proxy")), [choice.url]);
  }
  const secret = (content as { identity?: { secret?: unknown } } | null)?.identity?.secret;
  if (typeof secret === "string") take(["identity", "secret"], strong(references.secrets(secret, false)));
  resolveKeys(content, references, take, problems, warnings, values);
  resolveAdmin(content, references, take, values);
  return { values, problems, warnings };
}

/** Keys of the admin API, and the secret that the identity provider knows this gateway by. */
function resolveAdmin(
  content: unknown,
  references: References,
  take: (path: Path, resolved: Resolved) => void,
  values: ReadonlyMap<string, readonly string[]>,
): void {
  const taken = new Set([...values].flatMap(([path, keys]) => (path.startsWith("projects[") ? keys : [])));
  const { admin_keys: keys, admin_sign_in: signIn } = content as { admin_keys?: unknown; admin_sign_in?: unknown };
  for (const [i, key] of (Array.isArray(keys) ? keys : []).entries()) {
    if (typeof key === "string") take(["admin_keys", i], adminKey(references.secrets(key, true), taken));
  }
  const secret = (signIn as { client_secret?: unknown } | null | undefined)?.client_secret;
  if (typeof secret === "string") take(["admin_sign_in", "client_secret"], references.secrets(secret, false));
}

/** A short key for requests is warned of; one that opens the whole gateway is refused. */
function adminKey(read: Resolved, taken: ReadonlySet<string>): Resolved {
  if ("values" in read && read.values.some((key) => taken.has(key))) {
    return { code: "duplicate", message: "this is a key of a project too; an admin key must be one of its own" };
  }
  const short = "values" in read ? read.values.find((key) => key.length < ADMIN_KEY) : undefined;
  if (short === undefined) return read;
  return {
    code: "short_key",
    message: `this admin key has only ${short.length} characters and can be guessed; use ${ADMIN_KEY} or more (openssl rand -hex 24)`,
  };
}

function resolveKeys(
  content: unknown,
  references: References,
  take: (path: Path, resolved: Resolved) => void,
  problems: Found[],
  warnings: Found[],
  values: ReadonlyMap<string, readonly string[]>,
): void {
  const listen = (content as { listen?: unknown }).listen;
  const address = readAddress(typeof listen === "string" ? listen : "127.0.0.1:4100");
  const owners = new Map<string, string>();
  for (const [i, project] of items(content, "projects").entries()) {
    const keys = Array.isArray(project.keys) ? project.keys : [];
    const redaction = project.redaction as { readonly secret?: unknown } | null | undefined;
    if (typeof redaction?.secret === "string") {
      take(["projects", i, "redaction", "secret"], references.secrets(redaction.secret, false));
    }
    const owner = typeof project.name === "string" ? project.name : `projects[${i}]`;
    for (const [j, entry] of keys.entries()) {
      const plain = typeof entry === "string";
      const key: unknown = plain ? entry : (entry as { ref?: unknown } | null)?.ref;
      if (typeof key !== "string") continue;
      const path: Path = plain ? ["projects", i, "keys", j] : ["projects", i, "keys", j, "ref"];
      // An address that cannot be read is a problem of its own.
      if (key.startsWith(DEV_KEY) && (address === undefined || isLoopback(address.host))) take(path, { values: [key] });
      else if (key.startsWith(DEV_KEY)) {
        problems.push({
          path,
          code: "secret_plain",
          message: `keys in plain text (${DEV_KEY}…) are for a gateway on 127.0.0.1; this one can be reached by others, so write "\${NAME}" or file:./name.key`,
        });
      } else take(path, references.secrets(key, true));
      for (const value of values.get(showPath(path)) ?? []) {
        const before = owners.get(value);
        owners.set(value, owner);
        if (before !== undefined) {
          problems.push({
            path,
            code: "duplicate",
            message: `this key belongs to ${before} already; a key names one project, give ${owner} its own`,
          });
        } else if (/^(?:changeme|change-me|secret|password|default|example|test|admin|(.)\1*)$/i.test(value)) {
          problems.push({
            path,
            code: "secret_weak",
            message: "this key is what everybody tries first; make another: openssl rand -hex 24",
          });
        } else if (value.length < SHORT_KEY) {
          warnings.push({
            path,
            code: "short_key",
            message: `this key has only ${value.length} characters and can be guessed; use ${SHORT_KEY} or more (openssl rand -hex 24)`,
          });
        }
      }
    }
  }
}

/** The gateway's own secret must not be one that anybody could guess. */
function strong(read: Resolved): Resolved {
  const weak = "values" in read ? weakness(read.values[0] ?? "") : undefined;
  if (weak === undefined) return read;
  return { code: "secret_weak", message: `this secret ${weak}; make one with: openssl rand -hex 32` };
}

function pem(read: Resolved, key: string): Resolved {
  if (!("values" in read)) return read;
  const wanted = key === "client_key_file" ? /-----BEGIN [A-Z ]*PRIVATE KEY-----/ : /-----BEGIN CERTIFICATE-----/;
  if (wanted.test(read.values[0] ?? "")) return read;
  const what = key === "client_key_file" ? "private key" : "certificate";
  return { code: "file", message: `the file holds no ${what} in PEM form (-----BEGIN …); convert it with openssl` };
}

/** Where a reference to a secret stands, which is not expanded in place. */
function isSecret(path: Path): boolean {
  if (path.at(-1) === "api_key" || path.at(-2) === "keys") return true;
  if (path.at(-3) === "keys" && path.at(-1) === "ref") return true;
  const [last, parent] = [path.at(-1), path.at(-2)];
  if (last === "api_key" || last === "client_secret" || parent === "keys" || parent === "admin_keys") return true;
  return path[0] === "identity" && path[1] === "secret";
}

/** Replaces ${NAME} in all text that is no secret; secrets keep their reference. */
function expand(value: unknown, path: Path, references: References, problems: Found[]): unknown {
  if (Array.isArray(value)) return value.map((one, i) => expand(one, [...path, i], references, problems));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        // A key with nothing after it, as left by commenting its content out, counts as left out.
        one === null ? undefined : expand(one, [...path, key], references, problems),
      ]),
    );
  }
  if (typeof value !== "string" || isSecret(path)) return value;
  if (typeof value !== "string" || path.at(-1) === "api_key" || path.at(-1) === "secret" || path.at(-2) === "keys")
    return value;
  if (typeof value !== "string" || holdsSecret(path)) return value;
  const { text, unset } = references.expand(value);
  for (const name of unset) {
    problems.push({
      path,
      code: "secret_unset",
      message: `the environment variable ${name} is not set; set it before starting: export ${name}=…`,
    });
  }
  return text;
}

/** Where a reference to a secret stands: it is kept as written, and resolved apart from all other text. */
function holdsSecret(path: Path): boolean {
  const key = path.at(-1);
  if (path[0] === "secrets") return key === "token" || key === "role_id" || key === "secret_id";
  if (path[0] === "otel") return path[1] === "headers";
  if (path[0] === "alerts") return key === "url" || key === "secret";
  return key === "api_key" || path.at(-2) === "keys";
}

/** One problem is enough for an upstream whose provider is not there yet, and for a value whose variable is unset. */
function withoutNotYet(problems: readonly Found[]): Found[] {
  const alone = problems.filter((one) => one.code === "not_yet" || one.code === "secret_unset");
  return problems.filter((one) => {
    if (alone.includes(one)) return true;
    return !alone.some((other) => {
      const depth = other.code === "not_yet" ? other.path.length - 1 : other.path.length;
      return other.path.slice(0, depth).every((step, i) => one.path[i] === step);
    });
  });
}

function inOrder(problems: Problem[]): Problem[] {
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

function items(content: unknown, key: string): ReadonlyArray<{ readonly [key: string]: unknown }> {
  const list = (content as { [key: string]: unknown } | null)?.[key];
  if (!Array.isArray(list)) return [];
  return list.map((one) => (typeof one === "object" && one !== null ? one : {}));
}

function build(
  file: ConfigFileValues,
  outside: Outside,
  references: References,
  folder: string,
): Omit<Config, "secrets" | "alerts" | "otel"> {
  const first = (path: string) => outside.values.get(path)?.[0];
  const upstreams = file.upstreams.map((one, i): UpstreamConfig => {
    const { ca_file: _ca, client_cert_file: _cert, client_key_file: _key, ...rest } = one;
    const at = `upstreams[${i}]`;
    return dropUndefined({
      ...rest,
      provider: "anthropic",
      base_url: one.base_url.replace(/\/+$/, ""),
      api_key: first(`${at}.api_key`) ?? "",
      // A variable of the environment stays as it is for as long as the process lives.
      api_key_from: one.api_key.startsWith("${") ? undefined : references.of(one.api_key),
      proxyUrl: first(`${at}.proxy`),
      ca: first(`${at}.ca_file`),
      client_cert: first(`${at}.client_cert_file`),
      client_key: first(`${at}.client_key_file`),
      quota: one.quota === undefined ? undefined : dropUndefined(one.quota),
      timeouts: one.timeouts === undefined ? undefined : dropUndefined(one.timeouts),
    }) as UpstreamConfig;
  });
  const everything = [{ match: "*", upstreams: file.upstreams.map((one) => ({ upstream: one.name })) }];
  const { secrets: _secrets, alerts: _alerts, otel: _otel, ...plain } = file;
  return {
    ...plain,
    store: placedStore(file.store, folder),
    data_dir: resolve(folder, file.data_dir),
    identity: dropUndefined({ ...file.identity, secret: first("identity.secret") }),
    admin_keys: file.admin_keys.flatMap((_, i) => outside.values.get(`admin_keys[${i}]`) ?? []),
    admin_sign_in:
      file.admin_sign_in === undefined
        ? undefined
        : { ...file.admin_sign_in, client_secret: first("admin_sign_in.client_secret") },
    upstreams,
    models: (file.models ?? everything).map((rule) =>
      dropUndefined({ ...rule, upstreams: rule.upstreams.map(dropUndefined) }),
    ) as Config["models"],
    projects: file.projects.map((project, i) => buildProject(project, `projects[${i}]`, outside)),
  };
}

function buildProject(project: ConfigFileValues["projects"][number], at: string, outside: Outside): ProjectConfig {
  const entries = project.keys.map((entry, j) => {
    const path = typeof entry === "string" ? `${at}.keys[${j}]` : `${at}.keys[${j}].ref`;
    return { entry, keys: outside.values.get(path) ?? [] };
  });
  const keyAllowances = entries.flatMap(({ entry, keys }) => {
    if (typeof entry === "string") return [];
    const { ref: _, ...allowance } = entry;
    return [dropUndefined({ ...allowance, keys })];
  });
  return dropUndefined({
    ...project,
    keys: entries.flatMap(({ keys }) => keys),
    keyAllowances: keyAllowances.length === 0 ? undefined : keyAllowances,
    redaction: withSecret(project.redaction, outside.values.get(`${at}.redaction.secret`)?.[0]),
  }) as ProjectConfig;
}

function withSecret(block: ProjectConfig["redaction"], secret: string | undefined): ProjectConfig["redaction"] {
  return block === undefined ? undefined : { ...block, secret };
}

function dropUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}
