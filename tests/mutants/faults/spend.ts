// Planted faults of the spend cap: what repeats and hedges may cost, and whose bill it is.

import { faultsOf, type Mutant } from "../mutant.ts";

export const SPEND: readonly Mutant[] = [
  ...faultsOf(
    "spend",
    "policies/spend.ts",
    ["policies/spend.test.ts"],
    [
      ["what was delivered is not counted", "this.#repeats.spent(clock.now(), tenant, picoUsd);", ""],
      [
        "the bill is made when the answer begins, at the expected price",
        "end: ({ facts }) => {\n        if (facts?.usage === undefined) return;",
        "end: ({ facts }) => {\n        if (facts?.usage !== undefined) return;",
      ],
      [
        "a repeat is free",
        "return this.#repeats.draw(this.#rt.clock.now(), tenantOf(x), this.expected(x));",
        "return this.#repeats.draw(this.#rt.clock.now(), tenantOf(x), 0);",
      ],
      [
        "what a repeat was booked at is not given back",
        "this.#repeats.settle(this.#rt.clock.now(), tenantOf(x), this.expected(x), 0);",
        "",
      ],
      [
        "a hedge draws on its own cap only",
        "if (this.#repeats.draw(now, tenant, cost, counted)) return true;",
        "return true;",
      ],
      [
        "a hedge that the cap on repeats denies stays booked",
        "this.#hedges.settle(now, tenant, cost, 0);\n    return false;",
        "return false;",
      ],
      ["an attempt that the provider refused counts as billed", "response === undefined && cost", "cost"],
      ["a repeat that the budget asks nothing for costs money", "cost > 0 && ", ""],
      ["an attempt that never went out counts as billed", "return !unsent && ", "return "],
      [
        "counting tokens costs money",
        'if (model === undefined || kindOf(x) !== "messages") return 0;',
        "if (model === undefined) return 0;",
      ],
    ],
  ),
  ...faultsOf(
    "spend",
    "mechanics/spend-cap.ts",
    ["mechanics/spend-cap.test.ts"],
    [
      ["every draw is allowed", "if (extra > 0 && extra + picoUsd", "if (extra < 0 && extra + picoUsd"],
      ["the first repeat of a quiet tenant is refused", "if (extra > 0 && extra", "if (extra"],
      ["the draw itself is not counted against the cap", "extra + picoUsd > this", "extra > this"],
      ["a draw is not booked", "add(account.extra, account.slice, picoUsd);\n    return true;", "return true;"],
      ["the window never forgets", "account.extra[(account.slice + i) % SLICES] = 0;", ""],
      [
        "the window forgets one slice too few",
        "for (let i = 1; i <= Math.min(passed, SLICES); i++)",
        "for (let i = 1; i < Math.min(passed, SLICES); i++)",
      ],
      [
        "the floor and the share are added up",
        "return Math.max(this.#numbers.floorPicoUsd, this.#numbers.share * sum(ordinary));",
        "return this.#numbers.floorPicoUsd + this.#numbers.share * sum(ordinary);",
      ],
      [
        "more is refunded than was booked",
        "const taken = Math.min(left, slices[at] as number);",
        "const taken = left;",
      ],
      [
        "the tenant that spent last is forgotten",
        "this.#roll(account, now);\n      this.#tenants.delete(tenant);",
        "this.#roll(account, now);",
      ],
      [
        "tenants are remembered without bound",
        "if (this.#tenants.size >= this.#numbers.maxTenants && oldest !== undefined) this.#tenants.delete(oldest);",
        "",
      ],
    ],
  ),
];
