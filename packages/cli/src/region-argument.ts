// A region of the simulator as an argument: `tokyo`, `tokyo,port=4210,latency=120,capacity=20`.

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
}

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
    else throw new InvalidArgumentError(`A region knows no "${key}"; it takes port, latency and capacity.`);
  }
  return region;
}

function wholeNumber(text: string, key: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError(`${key} must be a whole number.`);
  return Number(text);
}
