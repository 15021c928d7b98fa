// Secrets and other files that the configuration only points to: ${NAME} from the environment, file: from disk.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { ProblemCode } from "./problem.ts";

/** The environment as the loader gets it. */
export type Environment = { readonly [name: string]: string | undefined };

/** What a reference came to. */
export type Resolved =
  | { readonly values: readonly string[] }
  | { readonly code: ProblemCode; readonly message: string };

const ENV = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const ENV_INSIDE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Resolves references of one configuration file: relative paths start at its folder. */
export class References {
  readonly #folder: string;
  readonly #env: Environment;

  constructor(file: string, env: Environment) {
    this.#folder = dirname(resolve(file));
    this.#env = env;
  }

  /** Secrets behind a reference. `many` allows a file of several, one on each line, `#` beginning a comment line. */
  secrets(text: string, many: boolean): Resolved {
    const name = ENV.exec(text)?.[1];
    if (name !== undefined) return this.#fromEnvironment(name, many);
    if (text.startsWith("file:")) return this.#fromFile(text.slice(5), many);
    return {
      code: "secret_plain",
      message: `is a secret in plain text; put it into an environment variable and write "\${NAME}" here, or into a file of its own and write file:./name.key`,
    };
  }

  /** Text of a file that is no single secret (certificates). */
  text(path: string): Resolved {
    const read = this.#read(path.startsWith("file:") ? path.slice(5) : path);
    return "message" in read ? { code: "file", message: read.message } : { values: [read.text] };
  }

  /** Replaces ${NAME} inside text that is no secret. `unset` names what has no value. */
  expand(text: string): { text: string; unset: string[] } {
    const unset: string[] = [];
    const expanded = text.replace(ENV_INSIDE, (whole, name: string) => {
      const value = this.#env[name];
      if (value === undefined || value === "") unset.push(name);
      return value ?? whole;
    });
    return { text: expanded, unset };
  }

  #fromEnvironment(name: string, many: boolean): Resolved {
    const value = this.#env[name];
    if (value === undefined || value.trim() === "") {
      const state = value === undefined ? "is not set" : "is empty";
      return {
        code: "secret_unset",
        message: `the environment variable ${name} ${state}; set it before starting: export ${name}=…`,
      };
    }
    return checked([value.trim()], `the environment variable ${name}`, many);
  }

  #fromFile(path: string, many: boolean): Resolved {
    if (path === "") return { code: "secret_file", message: "names no file; write file:./name.key" };
    const read = this.#read(path);
    if ("message" in read) return { code: "secret_file", message: read.message };
    const lines = read.text.split(/\r?\n/).map((line) => line.trim());
    const values = lines.filter((line) => line !== "" && !line.startsWith("#"));
    if (values.length === 0)
      return { code: "secret_file", message: `${read.file} holds no key; put one on its first line` };
    if (!many && values.length > 1) {
      return {
        code: "secret_file",
        message: `${read.file} holds ${values.length} lines; exactly one key belongs in it`,
      };
    }
    return checked(values, read.file, many);
  }

  #read(path: string): { file: string; text: string } | { message: string } {
    const file = resolve(this.#folder, path);
    try {
      return { file, text: readFileSync(file, "utf8").replace(/^\uFEFF/, "") };
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code;
      if (code === "ENOENT") return { message: `the file ${file} is not there; make it, or correct the path` };
      if (code === "EACCES") return { message: `the file ${file} may not be read by this user; chown or chmod it` };
      if (code === "EISDIR") return { message: `${file} is a folder; name the file in it` };
      return { message: `the file ${file} cannot be read: ${e instanceof Error ? e.message : String(e)}` };
    }
  }
}

/** Keys travel in headers: visible ASCII, nothing else. */
function checked(values: readonly string[], where: string, many: boolean): Resolved {
  for (const value of values) {
    if (/^[\x21-\x7e]+$/.test(value)) continue;
    const lines = many ? "one key on each line" : "the key alone";
    return { code: "secret_form", message: `${where} holds blanks or letters that no key has; it must hold ${lines}` };
  }
  return { values };
}
