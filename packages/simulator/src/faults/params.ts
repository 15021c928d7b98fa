// Parameters of faults: their types, bounds and defaults, and how they are read from text or JSON.

/** One parameter. `about`: a sentence for the docs, with the unit. */
export type ParamSpec =
  | { type: "number"; default: number; min?: number; max?: number; about: string }
  | { type: "string"; default: string; oneOf?: readonly string[]; about: string }
  | { type: "boolean"; default: boolean; about: string };

/** Values by name, every parameter of the kind present. */
export class Params {
  readonly #values: ReadonlyMap<string, number | string | boolean>;

  constructor(values: ReadonlyMap<string, number | string | boolean>) {
    this.#values = values;
  }

  number(name: string): number {
    return Number(this.#values.get(name));
  }

  text(name: string): string {
    return String(this.#values.get(name));
  }

  flag(name: string): boolean {
    return this.#values.get(name) === true;
  }

  /** As a plain object, for listing. */
  toJSON(): Record<string, number | string | boolean> {
    return Object.fromEntries(this.#values);
  }
}

/** Reads parameters given as JSON values or as text; a sentence when one is wrong. */
export function readParams(
  specs: Readonly<Record<string, ParamSpec>>,
  given: Record<string, unknown>,
): Params | string {
  const unknown = Object.keys(given).find((name) => !(name in specs));
  if (unknown !== undefined) {
    const names = Object.keys(specs);
    return `knows no parameter "${unknown}"; ${names.length === 0 ? "it takes none" : `it takes ${names.join(", ")}`}`;
  }
  const values = new Map<string, number | string | boolean>();
  for (const [name, spec] of Object.entries(specs)) {
    const value = readParam(spec, given[name] ?? spec.default);
    if (value === undefined) return `${name} must be ${expected(spec)}, not ${JSON.stringify(given[name])}`;
    values.set(name, value);
  }
  return new Params(values);
}

function readParam(spec: ParamSpec, raw: unknown): number | string | boolean | undefined {
  switch (spec.type) {
    case "number": {
      const value = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
      if (typeof value !== "number" || Number.isNaN(value)) return undefined;
      return value >= (spec.min ?? 0) && value <= (spec.max ?? Number.POSITIVE_INFINITY) ? value : undefined;
    }
    case "boolean":
      if (typeof raw === "boolean") return raw;
      return raw === "true" ? true : raw === "false" ? false : undefined;
    case "string": {
      if (typeof raw !== "string" && typeof raw !== "number") return undefined;
      return spec.oneOf === undefined || spec.oneOf.includes(String(raw)) ? String(raw) : undefined;
    }
  }
}

function expected(spec: ParamSpec): string {
  if (spec.type === "number") {
    const most = spec.max === undefined ? "" : ` and at most ${spec.max}`;
    return `a number of at least ${spec.min ?? 0}${most}`;
  }
  if (spec.type === "boolean") return "true or false";
  return spec.oneOf === undefined ? "text" : `one of ${spec.oneOf.join(", ")}`;
}
