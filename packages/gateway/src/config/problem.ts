// A problem in a configuration file: where it is, what is wrong, and how to put it right.

/** One thing that is wrong, or worth a look. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Dotted, such as upstreams[0].api_key; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and the fix. */
  readonly message: string;
  readonly code: ProblemCode;
}

/** Kinds of problems. The last five are warnings. */
export type ProblemCode =
  | "file_unreadable"
  | "syntax"
  | "unknown_key"
  | "missing"
  | "wrong_value"
  | "not_yet"
  | "duplicate"
  | "unknown_upstream"
  | "same_port"
  | "base_url"
  | "proxy"
  | "secret_plain"
  | "secret_unset"
  | "secret_file"
  | "secret_form"
  | "secret_weak"
  | "secret_manager"
  | "file"
  | "no_keys"
  | "open_admin"
  | "plain_http"
  | "unused"
  | "short_key"
  | "secret_stale";

/** Where in the document, as keys and indexes from the top. */
export type Path = ReadonlyArray<string | number>;

/** A problem before its place in the text is known. `onKey` points at the key instead of its value. */
export interface Found {
  readonly path: Path;
  readonly code: ProblemCode;
  readonly message: string;
  readonly onKey?: boolean;
}

const BRAND = Symbol.for("fairlead.config-error");

/** A configuration that cannot be used. Holds every problem, in the order of the file. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];
  /** The files that it points to, absolute, as far as they were looked for: a change of one may put it right. */
  readonly files: readonly string[];

  constructor(problems: readonly Problem[], files: readonly string[] = []) {
    super(problems.map(showProblem).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
    this.files = files;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a ConfigError of any copy of this package. */
  static is(e: unknown): e is ConfigError {
    return typeof e === "object" && e !== null && BRAND in e;
  }
}

/** `fairlead.yaml:3:5 upstreams[0].api_key: …`, the form that editors and terminals make clickable. */
export function showProblem(problem: Problem): string {
  const at = `${problem.file}:${problem.line}:${problem.column}`;
  return problem.path === "" ? `${at} ${problem.message}` : `${at} ${problem.path}: ${problem.message}`;
}

/** `upstreams[0].api_key` of ["upstreams", 0, "api_key"]. */
export function showPath(path: Path): string {
  let text = "";
  for (const step of path) text += typeof step === "number" ? `[${step}]` : text === "" ? step : `.${step}`;
  return text;
}

/**
 * A sentence without what may be a secret in plain text: the login or the parameters of an address, or what begins as keys
 * do. Whoever wrote it into the file by mistake must not find it in the log too.
 */
export function withoutPlainSecrets(text: string): string {
  return text
    .replace(/(:\/\/)[^\s/"'@]+@/g, "$1***@")
    .replace(/\?[\w.-]+=[^\s"']*/g, "?***")
    .replace(/\b(?:sk|fl)-[\w-]{12,}/g, (key) => `${key.slice(0, 3)}***`);
}
