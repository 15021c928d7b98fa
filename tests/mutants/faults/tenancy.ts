// Planted faults of tenants' accounts: what fills up evenly, money, and leases of what is shared.

import { faultsOf, type Mutant } from "../mutant.ts";

export const TENANCY: readonly Mutant[] = [
  ...faultsOf(
    "rate account",
    "mechanics/rate-account.ts",
    ["mechanics/rate-account.test.ts"],
    [
      [
        "a refund mints",
        "return Math.max(0, this.#missing - Math.max(0, now - this.#at) * this.#perMs);",
        "return this.#missing - Math.max(0, now - this.#at) * this.#perMs;",
      ],
      [
        "a clock that goes back empties it",
        "Math.max(0, now - this.#at) * this.#perMs",
        "(now - this.#at) * this.#perMs",
      ],
      [
        "the same time is counted twice after a clock went back",
        "this.#missing = Math.max(0, this.missing(now) + cost);\n    this.#at = Math.max(this.#at, now);",
        "this.#missing = Math.max(0, this.missing(now) + cost);\n    this.#at = now;",
      ],
      [
        "a cost above the capacity waits for ever",
        "Math.min(cost, this.#capacity) - this.available(now)",
        "cost - this.available(now)",
      ],
      [
        "who comes back when told is sent away",
        "short <= this.#capacity * 1e-9 ? 0 : short / this.#perMs",
        "short <= 0 ? 0 : (short / this.#perMs) * 0.99",
      ],
      [
        "a debt is forgotten",
        "const short = Math.min(cost, this.#capacity) - this.available(now);",
        "const short = Math.min(cost, this.#capacity) - Math.max(0, this.available(now));",
      ],
      [
        "another limit fills it",
        "this.#missing = this.missing(now);\n    this.#at = Math.max(this.#at, now);\n    this.#perMs",
        "this.#missing = 0;\n    this.#at = Math.max(this.#at, now);\n    this.#perMs",
      ],
      [
        "the time until it is full leaves the rate out",
        "return this.missing(now) / this.#perMs;",
        "return this.missing(now);",
      ],
    ],
  ),
  ...faultsOf(
    "money account",
    "mechanics/money-account.ts",
    ["mechanics/money-account.test.ts"],
    [
      [
        "sums are rounded",
        "const spent = this.#spent + BigInt(pico);",
        "const spent = BigInt(Number(this.#spent) + pico);",
      ],
      ["a new window begins with what was spent in the old", "if (wall >= this.#end) this.#spent = 0n;", ""],
      ["a clock that goes back gives money back", "if (wall >= this.#end) this.#spent = 0n;", "this.#spent = 0n;"],
      ["what belongs to the last window is charged to this one", "if (window !== this.#start) return;", ""],
      [
        "what costs more than the budget goes when something is spent",
        "left >= Math.min(cost, this.#limit)",
        "(left >= cost || cost > this.#limit)",
      ],
      ["an empty budget lets through what costs nothing", "left > 0 && left >=", "left >="],
      ["a refund makes more of it than there was", "this.#spent = spent < 0n ? 0n : spent;", "this.#spent = spent;"],
      [
        "what was spent before a restart is forgotten",
        "this.#spent += pico;",
        "this.#spent = this.#spent > pico ? this.#spent : pico;",
      ],
    ],
  ),
  ...faultsOf(
    "lease",
    "mechanics/lease.ts",
    ["mechanics/lease.test.ts"],
    [
      ["one that ran out is spent on", "return now < this.#until ? this.#left : 0;", "return this.#left;"],
      ["what is spent beyond it is not owed", "this.#debit += amount - held;", ""],
      ["a refund is spent here a second time", "this.#give += amount - owed;", "this.#left += amount - owed;"],
      [
        "one that ran out is lost",
        "this.#give += this.#left - keep;",
        "this.#give += expired ? 0 : this.#left - keep;",
      ],
      ["one that nobody uses is kept", "(unused ? 0 : this.#left)", "this.#left"],
      ["of a short amount more is kept than will be used", "Math.min(this.#left, Math.max(soon, waits))", "this.#left"],
      [
        "what is owed is told twice",
        "    this.#debit = 0;\n    this.#give = 0;\n    return told;",
        "    this.#give = 0;\n    return told;",
      ],
      [
        "it is renewed when it is empty",
        "this.#left * 2 < wanted || (wanted > 0 && this.#left === 0)",
        "wanted > 0 && this.#left === 0",
      ],
      ["it is not renewed before it runs out", "this.#until - now < LEASE_MS / 2", "this.#until - now < 0"],
      [
        "it counts from the answer, and outlives what the store remembers",
        "const until = sentAt + LEASE_MS;",
        "const until = now + LEASE_MS;",
      ],
      ["what comes too late is lost", "      this.#give += granted;\n      return;", "      return;"],
    ],
  ),
];
