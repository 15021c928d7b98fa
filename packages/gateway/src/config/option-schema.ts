// Turns blocks of options as the engine declares them into zod schemas: bounds, defaults and sentences come from there.

import { type BlockSpec, type OptionSpec, readDuration, showDuration, type Values } from "@fairlead/engine";
import { z } from "zod";

const DURATION = /^\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*$/;
const SIZE = /^\s*(\d+(?:\.\d+)?)\s*(KB|MB|GB)\s*$/;
const SIZES: { readonly [unit: string]: number } = { KB: 1_024, MB: 1_048_576, GB: 1_073_741_824 };

/** A block in which every option may be left out; what is left out gets its default. */
export function blockSchema<B extends BlockSpec>(spec: B): z.ZodType<Values<B>> {
  return z.strictObject(blockFields(spec)).prefault({}) as unknown as z.ZodType<Values<B>>;
}

/** The fields of such a block, for one that has others besides. */
export function blockFields(spec: BlockSpec): { [name: string]: z.ZodType } {
  return Object.fromEntries(Object.entries(spec).map(([name, one]) => [name, optionSchema(one).prefault(shown(one))]));
}

/** The same block where only what differs is written; what is left out stays out. */
export function partialBlockSchema<B extends BlockSpec>(spec: B): z.ZodType<Partial<Values<B>> | undefined> {
  const shape = Object.fromEntries(Object.entries(spec).map(([name, one]) => [name, optionSchema(one).optional()]));
  return z.strictObject(shape).optional() as unknown as z.ZodType<Partial<Values<B>> | undefined>;
}

/** A block that may be left out whole; where it is written, what is left out of it gets its default. */
export function optionalBlockSchema<B extends BlockSpec>(spec: B): z.ZodType<Values<B> | undefined> {
  return z.strictObject(blockFields(spec)).optional() as unknown as z.ZodType<Values<B> | undefined>;
}

/** One option. Durations may be text such as 500ms, sizes text such as 32MB. */
export function optionSchema(spec: OptionSpec): z.ZodType {
  switch (spec.kind) {
    case "switch":
      return z.boolean({ error: "must be true or false" }).meta({ description: spec.says });
    case "choice":
      return z.enum([...spec.words]).meta({ description: spec.says });
    case "duration":
      return durationSchema(spec.min, spec.max, spec.says);
    default:
      return spec.unit === "bytes" ? sizeSchema(spec.min, spec.max, spec.says) : numberSchema(spec);
  }
}

function numberSchema(spec: Extract<OptionSpec, { kind: "integer" | "number" }>): z.ZodType {
  const error = `must be ${spec.kind === "integer" ? "a whole number" : "a number"} from ${spec.min} to ${spec.max} (${spec.unit})`;
  const base = spec.kind === "integer" ? z.int({ error }) : z.number({ error });
  return base.min(spec.min, { error }).max(spec.max, { error }).meta({ description: spec.says });
}

function durationSchema(min: number, max: number, says: string): z.ZodType {
  const error = `must be a time from ${showDuration(min)} to ${showDuration(max)}, such as 500ms, 5s or 2m`;
  return z
    .union([z.number(), z.string().regex(DURATION, { error })], { error })
    .transform((given, context) => {
      const ms = typeof given === "string" ? readDuration(given) : given;
      if (ms !== undefined && ms >= min && ms <= max) return ms;
      context.issues.push({ code: "custom", message: error, input: given });
      return z.NEVER;
    })
    .meta({ description: `${says} A number is milliseconds.` });
}

function sizeSchema(min: number, max: number, says: string): z.ZodType {
  const error = `must be a size from ${showSize(min)} to ${showSize(max)}: whole bytes, or text such as 64KB or 32MB`;
  return z
    .union([z.int(), z.string().regex(SIZE, { error })], { error })
    .transform((given, context) => {
      const bytes = typeof given === "string" ? readSize(given) : given;
      if (bytes !== undefined && bytes >= min && bytes <= max) return bytes;
      context.issues.push({ code: "custom", message: error, input: given });
      return z.NEVER;
    })
    .meta({ description: says });
}

/** Bytes of `64KB`, `32MB`, `1GB` (steps of 1024); undefined when the text is none of these or no whole number. */
export function readSize(text: string): number | undefined {
  const found = SIZE.exec(text);
  if (found === null) return undefined;
  const bytes = Number(found[1]) * (SIZES[found[2] as string] as number);
  return Number.isInteger(bytes) ? bytes : undefined;
}

/** The shortest exact text for a size: 33554432 is `32MB`, 1000 is `1000`. */
export function showSize(bytes: number): string {
  for (const unit of ["GB", "MB", "KB"]) {
    const size = SIZES[unit] as number;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** A value of the option as a person writes it. */
export function shown(spec: OptionSpec, value: string | number | boolean = spec.default): string | number | boolean {
  if (typeof value !== "number") return value;
  if (spec.kind === "duration") return showDuration(value);
  return "unit" in spec && spec.unit === "bytes" && value >= 1_024 && value % 1_024 === 0 ? showSize(value) : value;
}
