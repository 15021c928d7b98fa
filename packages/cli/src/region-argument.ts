// A region of the simulator as an argument: `tokyo`, `tokyo,port=4210,latency=120,capacity=20`; and limits.

import type { LimitOptions } from "@fairlead/simulator";
import { InvalidArgumentError } from "commander";
import { readPort } from "./port.ts";

/** A region as asked for on the command line. */
export interface RegionInput {
  readonly name: string;
  readonly port?: number;
  /** Before the head of every answer, milliseconds. */
  readonly latencyMs?: number;
  /** Requests at once. */
  readonly capacity?: number;
  /** Requests that wait for a place beyond that. */
  readonly queue?: number;
  /** Whether those whose client has left are served on. */
  readonly abandoned?: "drop" | "serve";
}

const KEYS = "port, latency, capacity, queue and abandoned";

/** Reads one. Throws commander's error for arguments. */
export function readRegion(text: string): RegionInput {
  const [name = "", ...rest] = text.split(",").map((part) => part.trim());
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw new InvalidArgumentError(
      "A region begins with its name (letters, digits, dashes), such as tokyo,port=4210,latency=120.",
    );
  }
  let region: RegionInput = { name };
  for (const part of rest) {
    const [key, value = ""] = part.split("=");
    if (key === "port") region = { ...region, port: readPort(value) };
    else if (key === "latency") region = { ...region, latencyMs: wholeNumber(value.replace(/ms$/, ""), key) };
    else if (key === "capacity") region = { ...region, capacity: wholeNumber(value, key) };
    else if (key === "queue") region = { ...region, queue: wholeNumber(value, key) };
    else if (key === "abandoned" && (value === "drop" || value === "serve")) region = { ...region, abandoned: value };
    else if (key === "abandoned") throw new InvalidArgumentError("abandoned must be drop or serve.");
    else throw new InvalidArgumentError(`A region knows no "${key}"; it takes ${KEYS}.`);
  }
  return region;
}

function wholeNumber(text: string, key: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError(`${key} must be a whole number.`);
  return Number(text);
}

const LIMITS: { readonly [key: string]: keyof LimitOptions } = {
  rpm: "rpm",
  itpm: "itpm",
  otpm: "otpm",
  burst: "burstSeconds",
};

/** Reads limits such as `rpm=50,otpm=8000,burst=10`. Throws commander's error for arguments. */
export function readLimits(text: string): LimitOptions {
  const limits: LimitOptions = {};
  for (const part of text.split(",").map((one) => one.trim())) {
    const [key = "", value = ""] = part.split("=");
    const name = Object.hasOwn(LIMITS, key) ? LIMITS[key] : undefined;
    if (name === undefined)
      throw new InvalidArgumentError(`There is no limit "${key}"; there are ${Object.keys(LIMITS).join(", ")}.`);
    const number = /^\d{1,10}$/.test(value) ? Number(value) : 0;
    if (number < 1) throw new InvalidArgumentError(`${key} must be a whole number above 0.`);
    limits[name] = number;
  }
  return limits;
}
