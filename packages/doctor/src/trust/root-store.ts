// A set of certificates found by the name of their subject. None is parsed before somebody asks for its name.

import { X509Certificate } from "node:crypto";
import { outlineOf } from "./der.ts";

const BLOCK = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** DER of every certificate in PEM text, in its order. What is between the lines may be broken; this does not say so. */
export function blocksOf(pem: string): Buffer[] {
  return [...pem.matchAll(BLOCK)].map(([, base64 = ""]) => Buffer.from(base64, "base64"));
}

/** Parses DER; undefined for what is no certificate. */
export function parsed(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** Certificates by subject. */
export class RootStore {
  readonly #sources: readonly (() => readonly string[])[];
  #index: Map<string, Buffer[]> | undefined;

  /** Each source gives PEM texts of one certificate or many; it is asked at the first search only. */
  constructor(...sources: readonly (() => readonly string[])[]) {
    this.#sources = sources;
  }

  /** How many certificates there are. */
  get size(): number {
    let size = 0;
    for (const list of this.#table().values()) size += list.length;
    return size;
  }

  /** Those of that name (`Outline.subject`). */
  named(subject: string): X509Certificate[] {
    const found = this.#table().get(subject) ?? [];
    return found.flatMap((der) => parsed(der) ?? []);
  }

  /** Names of all, as `Outline.subject`. */
  names(): Iterable<string> {
    return this.#table().keys();
  }

  #table(): Map<string, Buffer[]> {
    if (this.#index !== undefined) return this.#index;
    const index = new Map<string, Buffer[]>();
    for (const source of this.#sources)
      for (const pem of source())
        for (const der of blocksOf(pem)) {
          const subject = outlineOf(der)?.subject;
          if (subject === undefined) continue;
          const list = index.get(subject) ?? [];
          if (!list.some((one) => one.equals(der))) list.push(der);
          index.set(subject, list);
        }
    this.#index = index;
    return index;
  }
}
