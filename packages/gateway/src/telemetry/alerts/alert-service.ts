// The alerts of a gateway over its reloads: what stays the same goes on with what it knows. Reads what other rooms tell metrics.

import type { Fact, Runtime } from "@fairlead/runtime";
import type { Stores } from "@fairlead/stores";
import type { Metrics } from "../metrics.ts";
import type { AlertOptions } from "./alert-options.ts";
import { type AlertDeliveryFact, type AlertFact, Alerts, type AlertsIo } from "./alerts.ts";
import type { DaySpend } from "./unusual-day.ts";
import type { AlertSources } from "./watchers.ts";

/** What the service reads. */
export interface AlertServiceIo {
  readonly rt: Runtime;
  readonly stores: Pick<Stores, "ledger" | "marks">;
  readonly metrics: Metrics;
  readonly prices: AlertSources["prices"];
  /** As `fairlead_upstream_state` has it, of the configuration in force. */
  readonly upstreams: AlertSources["upstreams"];
  /** Which gateway speaks; asked when there is something to say. */
  readonly instance: () => string;
  /** How a message is sent; tests put another way in its place. */
  readonly send?: AlertsIo["send"];
}

const DAY_MS = 86_400_000;
/** Days of the ledger that unusual days are compared with. */
const DAYS = 57;
const PICO = 1e-12;
/** What is left to tell at the end has this long to go, milliseconds. */
const LAST_MS = 5_000;

/** Starts without alerts; `use` gives it options. */
export class AlertService {
  readonly #io: AlertServiceIo;
  readonly #sources: AlertSources;
  #alerts: Alerts | undefined;
  #options: AlertOptions | undefined;
  #silence: () => void = () => undefined;
  /** Those of former options that have something left to tell. */
  readonly #leaving = new Set<Alerts>();

  constructor(io: AlertServiceIo) {
    this.#io = io;
    const { rt, metrics, stores } = io;
    const { rooms } = metrics;
    this.#sources = {
      prices: io.prices,
      upstreams: io.upstreams,
      spool: () => rooms.spoolUsed.read(),
      stores: () => rooms.storeUp.read(),
      budgets: () => rooms.limitUsed.read(),
      // Signing keys are renewed a day before their end: they lapse only when nothing can be kept, which has a rule of its own.
      expiries: () => rooms.credentialExpiry.read().filter(({ values }) => values[0] !== "signing_key"),
      secretAges: () => rooms.secretAge.read(),
      days: async () => {
        const from = (Math.floor(rt.clock.wall() / DAY_MS) - DAYS + 1) * DAY_MS;
        const lines = await stores.ledger.usage({ from }, ["day", "project"]);
        return lines.map(
          ({ at, project, picoUsd }): DaySpend => ({
            project: project ?? "none",
            day: Math.floor((at ?? 0) / DAY_MS),
            usd: Number(picoUsd) * PICO,
          }),
        );
      },
    };
    rooms.alertsFiring.read = () =>
      (this.#alerts?.firing() ?? []).map(({ rule, severity, count }) => ({ values: [rule, severity], value: count }));
    rooms.alertTargetUp.read = () =>
      (this.#alerts?.targets() ?? []).map(({ target, up }) => ({ values: [target], value: up ? 1 : 0 }));
    rt.bus.listen((fact: Fact) => {
      if (fact.kind === "alert") {
        const { rule, what } = fact as AlertFact;
        rooms.alerts.add([rule, what]);
      } else if (fact.kind === "alert-delivery") {
        const { target, result } = fact as AlertDeliveryFact;
        rooms.alertDeliveries.add([target, result]);
      }
    });
  }

  /** Takes the options of a configuration. What fires goes on, what is gathered or waits for a target is told. */
  use(options: AlertOptions | undefined): void {
    if (JSON.stringify(options) === JSON.stringify(this.#options)) return;
    const before = this.#alerts;
    this.#silence();
    this.#options = options;
    this.#alerts = undefined;
    if (options !== undefined) {
      const { rt, stores, instance, send } = this.#io;
      const alerts = new Alerts(
        options,
        rt,
        {
          sources: this.#sources,
          claim: (key, ttlMs) => stores.marks.claim(key, ttlMs),
          instance,
          ...(send === undefined ? {} : { send }),
        },
        before,
      );
      this.#alerts = alerts;
      this.#silence = rt.bus.listen(alerts.listen);
    }
    if (before !== undefined) void this.#leave(before);
  }

  async #leave(alerts: Alerts): Promise<void> {
    this.#leaving.add(alerts);
    await alerts.leave();
    this.#leaving.delete(alerts);
  }

  /** Sends what is left, for a few seconds at most. */
  async close(): Promise<void> {
    this.#silence();
    const last = this.#alerts;
    this.#alerts = undefined;
    this.#options = undefined;
    if (last !== undefined) void this.#leave(last);
    const left = [...this.#leaving];
    await new Promise<void>((resolve) => {
      const timer = this.#io.rt.clock.timer(LAST_MS, resolve);
      void Promise.all(left.map((one) => one.leave())).then(() => {
        timer.cancel();
        resolve();
      });
    });
    for (const one of left) one.close();
  }
}
