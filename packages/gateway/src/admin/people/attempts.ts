// Sign-ins that are under way: each is good once, for a few minutes, in the browser that began it.

import type { Runtime } from "@fairlead/runtime";
import { type Records, StoreError } from "@fairlead/stores";
import { z } from "zod";
import { digestOf } from "../../identity/secret-text.ts";
import type { Attempt } from "./provider.ts";
import { token } from "./sessions.ts";

const KIND = "sign_in";
/** A person has so long at the provider, milliseconds. */
const LIFE_MS = 600_000;

const AttemptRecord = z.strictObject({
  nonce: z.string().min(20),
  verifier: z.string().min(43),
  /** Digest of the cookie of the browser that began it. */
  browser: z.string().regex(/^[0-9a-f]{64}$/),
  next: z.string(),
});

/** Remembers them. Methods reject with a StoreError. */
export class Attempts {
  readonly #rt: Runtime;
  readonly #records: Records;

  constructor(rt: Runtime, records: Records) {
    this.#rt = rt;
    this.#records = records;
  }

  /** Returns the value of the cookie that the same browser must bring back. */
  async keep({ state, nonce, verifier }: Attempt, next: string): Promise<string> {
    const browser = token(this.#rt);
    const value = { nonce, verifier, browser: digestOf(browser), next };
    const expiresAt = Math.floor(this.#rt.clock.wall()) + LIFE_MS;
    await this.#records.write([{ kind: KIND, id: digestOf(state), value, expect: 0, expiresAt }]);
    return browser;
  }

  /** Takes one out, so that it is good once; undefined when it is not there, or another browser asks. */
  async take(
    state: string,
    browser: string | undefined,
  ): Promise<{ readonly attempt: Attempt; readonly next: string } | undefined> {
    const id = digestOf(state);
    const found = await this.#records.get(KIND, id);
    const read = AttemptRecord.safeParse(found?.value);
    if (found === undefined || !read.success || browser === undefined) return undefined;
    const { nonce, verifier, next } = read.data;
    if (digestOf(browser) !== read.data.browser) return undefined;
    try {
      await this.#records.write([{ kind: KIND, id, value: undefined, expect: found.version }]);
    } catch (e) {
      if (StoreError.is(e) && e.code === "conflict") return undefined;
      throw e;
    }
    return { attempt: { state, nonce, verifier }, next };
  }
}
