// Secrets and other files that the configuration only points to: ${NAME} from the environment, file: from disk, aws-sm:
// and vault: from what their managers said.

import { dirname, resolve } from "node:path";
import { isKey, keysIn, readText } from "../secrets/key-file.ts";
import { isManaged, readManaged, type SecretReference } from "../secrets/secret-reference.ts";
import type { ProblemCode } from "./problem.ts";

/** The environment as the loader gets it. */
export type Environment = { readonly [name: string]: string | undefined };

/** What a reference came to. */
export type Resolved =
  | { readonly values: readonly string[] }
  | { readonly code: ProblemCode; readonly message: string };

/** What references to managers came to, by their text: a value, or why there is none. */
export type Managed = ReadonlyMap<string, { readonly value: string } | { readonly message: string }>;

const ENV = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const ENV_INSIDE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** Shorter values are words and numbers rather than secrets, and would be found in any sentence. */
const SHORTEST = 5;

/** Resolves references of one configuration file: relative paths start at its folder. */
export class References {
  readonly #folder: string;
  readonly #env: Environment;
  readonly #managed: Managed | undefined;
  readonly #files = new Set<string>();
  readonly #expanded = new Map<string, string>();

  /** `managed` undefined: nobody has asked the managers, and references to them are problems. */
  constructor(file: string, env: Environment, managed?: Managed) {
    this.#folder = dirname(resolve(file));
    this.#env = env;
    this.#managed = managed;
  }

  /** Absolute paths of all files that were looked at, for who wants to hear of their changes. */
  get files(): readonly string[] {
    return [...this.#files];
  }

  /** Secrets behind a reference. `many` allows a file of several, one on each line, `#` beginning a comment line. */
  secrets(text: string, many: boolean): Resolved {
    const name = ENV.exec(text)?.[1];
    if (name !== undefined) return this.#fromEnvironment(name, many);
    if (text.startsWith("file:")) return this.#fromFile(text.slice(5), many);
    if (isManaged(text)) return this.#fromManager(text, many);
    return {
      code: "secret_plain",
      message: `is a secret in plain text; put it into an environment variable and write "\${NAME}" here, or into a file of its own and write file:./name.key`,
    };
  }

  /** The reference taken apart, so that its value can be looked at again later; undefined when text is none. */
  of(text: string): SecretReference | undefined {
    const name = ENV.exec(text)?.[1];
    if (name !== undefined) return { kind: "env", text, name };
    if (text.startsWith("file:")) return { kind: "file", text, path: resolve(this.#folder, text.slice(5)) };
    const read = isManaged(text) ? readManaged(text) : undefined;
    return read === undefined || "message" in read ? undefined : read;
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
      else this.#expanded.set(value, whole);
      return value ?? whole;
    });
    return { text: expanded, unset };
  }

  /**
   * A sentence about the file with `${NAME}` in the place of what stood for it: a variable that holds a secret may have been
   * written where text belongs. Values of fewer than five characters are left as they are.
   */
  withoutValues(message: string): string {
    let text = message;
    for (const [value, written] of this.#expanded) {
      for (const form of new Set([value, JSON.stringify(value).slice(1, -1), encodeURI(value)])) {
        if (form.length >= SHORTEST) text = without(text, form, written);
      }
    }
    return text;
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
    const values = keysIn(read.text);
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

  #fromManager(text: string, many: boolean): Resolved {
    const ref = readManaged(text);
    if ("message" in ref) return { code: "secret_manager", message: ref.message };
    const found = this.#managed?.get(text);
    if (found === undefined)
      return { code: "secret_manager", message: "is kept by a secret manager, which nobody has asked; use openConfig" };
    if ("message" in found) return { code: "secret_manager", message: found.message };
    const values = many ? keysIn(found.value) : [found.value.trim()];
    return checked(values, text, many);
  }

  #read(path: string): { file: string; text: string } | { message: string } {
    const file = resolve(this.#folder, path);
    this.#files.add(file);
    const read = readText(file);
    return "message" in read ? read : { file, text: read.text };
  }
}

/** Keys travel in headers: visible ASCII, nothing else. */
function checked(values: readonly string[], where: string, many: boolean): Resolved {
  if (values.length > 0 && values.every(isKey)) return { values };
  const lines = many ? "one key on each line" : "the key alone";
  return { code: "secret_form", message: `${where} holds blanks or letters that no key has; it must hold ${lines}` };
}

/** Takes a value out of a text, in any case, and the beginning of it where the text was cut short. */
function without(text: string, value: string, written: string): string {
  const lower = value.toLowerCase();
  let left = text;
  for (let at = left.toLowerCase().indexOf(lower); at >= 0; at = left.toLowerCase().indexOf(lower, at)) {
    left = left.slice(0, at) + written + left.slice(at + value.length);
    at += written.length;
  }
  for (let cut = left.indexOf("..."); cut >= 0; cut = left.indexOf("...", cut + 3)) {
    const before = left.slice(0, cut).toLowerCase();
    for (let length = Math.min(value.length, cut); length >= SHORTEST; length -= 1) {
      if (!before.endsWith(lower.slice(0, length))) continue;
      left = left.slice(0, cut - length) + written + left.slice(cut);
      cut += written.length - length;
      break;
    }
  }
  return left;
}
