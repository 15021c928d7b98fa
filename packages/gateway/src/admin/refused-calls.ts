// Calls of somebody known that were not for them, in the audit log: a key that is tried at what it must not do is worth a look.

import type { Clock } from "@fairlead/runtime";
import type { AdminRefusal } from "./admin-refusal.ts";
import type { Noter } from "./audited.ts";
import type { Caller } from "./gate/gate.ts";

const CODES: ReadonlySet<string> = new Set(["admin_forbidden", "admin_key_needed", "admin_other_project"]);
/** Entries a minute, at most: who is refused must not be able to fill the log. */
const A_MINUTE = 30;

/** Notes them: each caller, route and code once a minute. */
export class RefusedCalls {
  readonly #trail: Noter;
  readonly #clock: Clock;
  #minute = -1;
  readonly #told = new Set<string>();

  constructor(trail: Noter, clock: Clock) {
    this.#trail = trail;
    this.#clock = clock;
  }

  /** @param route method and path of the contract, such as `POST /api/keys/{id}/rotate` */
  note({ actor, from, project }: Caller, { code }: AdminRefusal, route: string): void {
    if (!CODES.has(code)) return;
    const minute = Math.floor(this.#clock.now() / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#told.clear();
    }
    const what = JSON.stringify([actor, code, route]);
    if (this.#told.has(what) || this.#told.size >= A_MINUTE) return;
    this.#told.add(what);
    void this.#write({ actor, from }, { action: "call.refused", subject: `route:${route}`, project, detail: { code } });
  }

  async #write(...entry: Parameters<Noter["note"]>): Promise<void> {
    try {
      await this.#trail.note(...entry);
    } catch {
      // The call was refused all the same; a disk that is full is told by other means.
    }
  }
}
