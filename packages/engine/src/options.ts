// Options: each declared once beside its policy (type, bounds, default, sentence); checks, schema and docs derive from it.

/** A whole or fractional number between bounds. `unit` says what it counts. */
export interface NumberSpec {
  readonly kind: "integer" | "number";
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly unit: string;
  readonly says: string;
}

/** A length of time in milliseconds. Text such as `500ms`, `5s`, `2m`, `1h` is understood too. */
export interface DurationSpec {
  readonly kind: "duration";
  readonly min: number;
  readonly max: number;
  readonly default: number;
  readonly says: string;
}

/** One of several words. */
export interface ChoiceSpec<W extends string = string> {
  readonly kind: "choice";
  readonly words: readonly W[];
  readonly default: W;
  readonly says: string;
}

/** Yes or no. */
export interface SwitchSpec {
  readonly kind: "switch";
  readonly default: boolean;
  readonly says: string;
}

export type OptionSpec = NumberSpec | DurationSpec | ChoiceSpec | SwitchSpec;

/** A block of options, by name in snake_case. */
export type BlockSpec = { readonly [name: string]: OptionSpec };

/** The values of a block, after defaults and checks. Durations are milliseconds. */
export type Values<B extends BlockSpec> = {
  readonly [K in keyof B]: B[K] extends ChoiceSpec<infer W> ? W : B[K] extends SwitchSpec ? boolean : number;
};

/** What a caller may write for a block: every option may be left out, durations may be text. */
export type Input<B extends BlockSpec> = {
  readonly [K in keyof B]?: B[K] extends ChoiceSpec<infer W>
    ? W
    : B[K] extends SwitchSpec
      ? boolean
      : B[K] extends DurationSpec
        ? number | string
        : number;
};

export function integer(min: number, max: number, standard: number, unit: string, says: string): NumberSpec {
  return { kind: "integer", min, max, default: standard, unit, says };
}

export function number(min: number, max: number, standard: number, unit: string, says: string): NumberSpec {
  return { kind: "number", min, max, default: standard, unit, says };
}

/** Bounds and default in milliseconds. */
export function duration(min: number, max: number, standard: number, says: string): DurationSpec {
  return { kind: "duration", min, max, default: standard, says };
}

export function choice<const W extends string>(words: readonly W[], standard: NoInfer<W>, says: string): ChoiceSpec<W> {
  return { kind: "choice", words, default: standard, says };
}

export function onOff(standard: boolean, says: string): SwitchSpec {
  return { kind: "switch", default: standard, says };
}

const BRAND = Symbol.for("fairlead.option-error");

/** An option that cannot be used. `path` is dotted, `got` is what was written, the message names the fix. */
export class OptionError extends Error {
  readonly path: string;
  readonly got: unknown;

  constructor(path: string, got: unknown, fix: string) {
    super(`${path}: ${fix}, got ${show(got)}`);
    this.name = "OptionError";
    this.path = path;
    this.got = got;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for an OptionError of any copy of this package. */
  static is(e: unknown): e is OptionError {
    return typeof e === "object" && e !== null && BRAND in e;
  }
}

/** Fills in defaults and checks every value. Unknown names and values out of bounds throw an OptionError. */
export function readOptions<B extends BlockSpec>(path: string, spec: B, input: unknown): Values<B> {
  if (input !== undefined && input !== null && (typeof input !== "object" || Array.isArray(input))) {
    throw new OptionError(path, input, "must be a block of options");
  }
  const given = (input ?? {}) as { readonly [name: string]: unknown };
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(spec, name)) {
      const near = nearest(name, Object.keys(spec));
      throw new OptionError(
        `${path}.${name}`,
        given[name],
        near === undefined ? "is not an option" : `is not an option; did you mean ${near}`,
      );
    }
  }
  const values: { [name: string]: unknown } = {};
  for (const [name, one] of Object.entries(spec)) values[name] = readOption(`${path}.${name}`, one, given[name]);
  return values as Values<B>;
}

/** One value after default and checks. */
export function readOption(path: string, spec: OptionSpec, given: unknown): number | string | boolean {
  if (given === undefined) return spec.default;
  switch (spec.kind) {
    case "switch":
      if (typeof given !== "boolean") throw new OptionError(path, given, "must be true or false");
      return given;
    case "choice":
      if (typeof given !== "string" || !spec.words.includes(given)) {
        throw new OptionError(path, given, `must be one of ${spec.words.join(", ")}`);
      }
      return given;
    case "duration": {
      const ms = typeof given === "string" ? readDuration(given) : given;
      if (typeof ms !== "number" || !(ms >= spec.min && ms <= spec.max)) {
        throw new OptionError(
          path,
          given,
          `must be a time from ${showDuration(spec.min)} to ${showDuration(spec.max)} (5s, 500ms)`,
        );
      }
      return ms;
    }
    default:
      if (
        typeof given !== "number" ||
        !(given >= spec.min && given <= spec.max) ||
        (spec.kind === "integer" && !Number.isInteger(given))
      ) {
        const kind = spec.kind === "integer" ? "whole number" : "number";
        throw new OptionError(path, given, `must be a ${kind} from ${spec.min} to ${spec.max} (${spec.unit})`);
      }
      return given;
  }
}

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `500ms`, `5s`, `1.5m`, `2h`, `1d`; undefined when the text is none of these. */
export function readDuration(text: string): number | undefined {
  const found = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(text);
  if (found === null) return undefined;
  return Number(found[1]) * (UNITS[found[2] as string] as number);
}

/** The shortest exact text for milliseconds: 90000 is `90s`, 120000 is `2m`. */
export function showDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = UNITS[unit] as number;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** The nearest of the known words, when one is near enough to be a slip (at most a third of its letters differ). */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const one of known) {
    const cost = editDistance(word.toLowerCase(), one.toLowerCase());
    if (cost < bestCost) {
      best = one;
      bestCost = cost;
    }
  }
  return best !== undefined && bestCost <= Math.max(1, Math.floor(best.length / 3)) ? best : undefined;
}

function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (before[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (before[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    before = row;
  }
  return before[b.length] as number;
}

function show(got: unknown): string {
  if (got === undefined) return "nothing";
  const text =
    typeof got === "string" ? JSON.stringify(got) : String(typeof got === "object" ? JSON.stringify(got) : got);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
