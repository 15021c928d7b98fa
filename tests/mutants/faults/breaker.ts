// Planted faults of the breaker, its circuits with their windows and rows, and the health that they make up.

import { faultsOf, type Mutant } from "../mutant.ts";

export const BREAKER: readonly Mutant[] = [
  ...faultsOf(
    "breaker",
    "policies/breaker.ts",
    ["policies/breaker.test.ts"],
    [
      [
        "an attempt goes although the circuit is open",
        "if (permits === undefined) {",
        'if (permits === undefined && model === "") {',
      ],
      [
        "a probe that meets a defect of ours keeps the place of the next",
        "health.left(target, model, permits);\n        throw e;",
        "throw e;",
      ],
      [
        "a probe that its caller called off keeps the place of the next",
        'outcome.verdict === "deadline") health.left(target, model, permits);',
        'outcome.verdict === "deadline") ;',
      ],
      ["successes are not told", "health.good(target, model, permits);", ""],
      ["a stream that breaks is not told", "health.bad(target, model, permits, failed, id);", ""],
      ["a stream that comes whole is not told", 'if (verdict === "ok") health.whole(target, model, permits);', ""],
      ["a refusal of ours does not say when to come back", "unsent: true, retryAfterMs: waitMs }", "unsent: true }"],
      [
        "an upstream that answers in part is given up",
        "if (permits === undefined && health.halfWell(target, model)) return next(x);",
        "",
      ],
      [
        "a refusal of ours counts as an attempt that went out",
        "{ target, unsent: true, retryAfterMs",
        "{ target, retryAfterMs",
      ],
    ],
  ),
  ...faultsOf(
    "circuit",
    "mechanics/circuit.ts",
    ["mechanics/circuit.test.ts", "targets/health.test.ts"],
    [
      [
        "it closes on a success that began before it opened",
        "good(permit: Permit, now: number): void {\n    if (permit.epoch !== this.#epoch) return;",
        "good(permit: Permit, now: number): void {",
      ],
      [
        "a failure that began before it opened opens it anew",
        '): boolean {\n    if (permit.epoch !== this.#epoch) return false;\n    if (this.#state === "half-open") {',
        '): boolean {\n    if (this.#state === "half-open") {',
      ],
      ["one good probe closes it", "this.#goodProbes >= this.#numbers.rise", "this.#goodProbes >= 1"],
      ["two probes at once", 'state === "half-open" && !this.#probing', 'state === "half-open"'],
      [
        "a probe that said nothing blocks it for ever",
        "if (permit.probe && permit.epoch === this.#epoch) this.#probing = false;",
        "",
      ],
      ["a failed probe does not open it", "this.#open(now, why, floorMs);\n      return true;", "return true;"],
      ["openings do not grow", "this.#numbers.baseMs * 2 ** this.#openings", "this.#numbers.baseMs"],
      [
        "openings have no cap",
        "Math.min(this.#numbers.capMs, this.#numbers.baseMs * 2 ** this.#openings)",
        "this.#numbers.baseMs * 2 ** this.#openings",
      ],
      [
        "the time an upstream asked for is not kept",
        "this.#openUntil = now + Math.max(floorMs, spread * span);",
        "this.#openUntil = now + spread * span;",
      ],
      ["those kept away bring no early probe", "this.#turnedAway >= this.#numbers.probeEvery", "false"],
      ["those kept away bring a probe at once", "now >= this.#earliest && this.#turnedAway", "this.#turnedAway"],
      [
        "it takes the whole traffic back at once",
        "return Math.min(1, FIRST_SHARE + ",
        "return Math.max(1, FIRST_SHARE + ",
      ],
      [
        "a ramp ends when its opening is forgiven",
        'if (this.#state !== "closed" ||',
        'if (this.#openings === 0 || this.#state !== "closed" ||',
      ],
      ["flapping is not held against it", "this.#flaps.push(now);", ""],
      ["the share of failures needs no samples", "total >= this.#numbers.volume && ", ""],
      [
        "an overloaded upstream that answers in part is shut out",
        "!(partial && now - this.#goodFrom < RECENT_SUCCESS_MS)",
        "true",
      ],
      ["a success does not end a row", "this.#row.good(permit);", ""],
      [
        "a success of an attempt from before the row ends it",
        "this.#row.good(permit);",
        "this.#row.good({ n: this.#given });",
      ],
      [
        "errors that are usual open it by chance",
        "this.#row.ripe(this.#enough(bad, total))",
        "this.#row.ripe(this.#numbers.consecutive)",
      ],
      ["nobody doubts", "this.#row.count >= DOUBT", "this.#row.count > 1_000"],
      ["doubt does not end by time", "now - this.#row.newestAt < DOUBT_MS && ", ""],
      ["past openings are never forgiven", "this.#openings -= 1;", ""],
      [
        "all past openings are forgiven at the first success",
        "now - this.#closedAt >= FORGIVE_MS",
        "now >= this.#closedAt",
      ],
      [
        "streams that break open nothing",
        "if (!this.#cuts.ripe(this.#numbers.consecutive)) return false;",
        "if (this.#cuts.count >= 0) return false;",
      ],
      ["old failures count after it closed", "this.#window.clear();", ""],
      ["all machines come back at one moment", "const spread = between(this.#random, 0.5, 1.5);", "const spread = 1;"],
    ],
  ),
  ...faultsOf(
    "circuit",
    "mechanics/row.ts",
    ["mechanics/row.test.ts", "mechanics/circuit.test.ts", "targets/health.test.ts"],
    [
      [
        "one request alone opens a circuit",
        "if (run.every(({ request }) => request === first.request)) return false;",
        "",
      ],
      ["one hiccup opens a circuit", "return fresh >= Math.min(FRESH, count - 1);", "return true;"],
      ["a row is one too long", "if (best.count < count) return false;", "if (best.count <= count) return false;"],
      ["attempts of which nothing is known yet do not count", "count -= i === 0 ? 0 : n - before - 1;", ""],
      ["what a newer success has refuted counts", "if (n < this.#good) return;\n    this.#newestAt", "this.#newestAt"],
      ["time-outs are believed only at the second round", "return apart >= APART_MS && one", "return apart < 0 && one"],
    ],
  ),
  ...faultsOf(
    "circuit",
    "mechanics/window.ts",
    ["mechanics/window.test.ts", "mechanics/circuit.test.ts"],
    [
      ["a sample stays a second too long", "second - stamp >= this.#seconds", "second - stamp > this.#seconds"],
      ["a new second keeps what the old one had", "this.#good[slot] = 0;\n      this.#bad[slot] = 0;", ""],
      ["the upper end of the interval is taken", "(centre - spread)", "(centre + spread)"],
      [
        "the plain share is taken for its lower bound",
        "return Math.max(0, (centre - spread) / (1 + (z * z) / total));",
        "return share;",
      ],
      ["a failure counts as a success too", "else this.#good[slot]", "this.#good[slot]"],
    ],
  ),
  ...faultsOf(
    "health",
    "targets/health.ts",
    ["targets/health.test.ts", "targets/router.test.ts", "policies/breaker.test.ts"],
    [
      [
        "a refused credential is not parked",
        "this.#accounts.park(target.account, now, now + this.#numbers.parkMs, why);",
        "",
      ],
      [
        "a model that is missing parks the whole account",
        "cell.parkedUntil = now + this.#numbers.parkMs;",
        "this.#accounts.park(target.account, now, now + this.#numbers.parkMs, why);",
      ],
      [
        "one 429 does not teach other requests",
        "pair.coolUntil = Math.max(pair.coolUntil, now + (failed.retryAfterMs ?? untold));",
        "",
      ],
      [
        "a shorter Retry-After ends a longer one",
        "pair.coolUntil = Math.max(pair.coolUntil, now + (failed.retryAfterMs ?? untold));",
        "pair.coolUntil = now + (failed.retryAfterMs ?? untold);",
      ],
      [
        "a 429 without a time does not cool longer each time",
        'VERDICTS["rate-limited"].baseMs * 2 ** (pair.limitedInRow - 1)',
        'VERDICTS["rate-limited"].baseMs',
      ],
      [
        "refusals of one moment count as many in a row",
        "if (now >= pair.coolUntil) pair.limitedInRow += 1;",
        "pair.limitedInRow += 1;",
      ],
      ["a success does not end a row of refusals", "cell.pair.limitedInRow = 0;", ""],
      ["successes do not fill the retry budget", "cell.budget.succeeded();", ""],
      [
        "a platform's failure is held against the address",
        'row.breaker > 0 && row.scope === "endpoint"',
        "row.breaker > 0",
      ],
      ["a probe's place is not given back when another is blamed", "} else cell.platform.left(permits.platform);", "}"],
      [
        "the address's place is not given back when another is blamed",
        "} else cell.endpoint.left(permits.endpoint);",
        "}",
      ],
      [
        "less urgent requests may use the retry budget up",
        "budget.draw(cost, KEPT[priority], counted)",
        "budget.draw(cost)",
      ],
      [
        "names made up by callers fill the memory",
        'const name = byModel.size < this.#numbers.maxCells ? model : "*";',
        "const name = model;",
      ],
      [
        "one account's limit is another's",
        "const pairKey = `${target.account} ${model}`;",
        "const pairKey = `${model}`;",
      ],
      [
        "the models of a platform share a circuit",
        "const platformKey = `${target.platform} ${model}`;",
        "const platformKey = `${target.platform}`;",
      ],
      ["what comes back begins with its full limit", "if (permit.probe) cell.concurrency.restart(now);", ""],
      [
        "an upstream that fails nine of ten is used as a last resort",
        "(unfit.failShare ?? 1) < DESPERATE",
        "(unfit.failShare ?? 1) <= 1",
      ],
      ["several copies find out at once", "if (trial) cell.trial.went(permits, now);", ""],
      ["silence is not seen before time-outs tell", " || concurrency.silent(now)", ""],
    ],
  ),
  ...faultsOf(
    "health",
    "targets/parked-accounts.ts",
    ["targets/health.test.ts"],
    [["a parked account is never tried again", "parked !== undefined && parked.until > now", "parked !== undefined"]],
  ),
  ...faultsOf(
    "health",
    "targets/circuit-news.ts",
    ["targets/health.test.ts"],
    [["a change of state is told again and again", "if (state === before || (before", "if ((before"]],
  ),
  ...faultsOf(
    "health",
    "targets/trial.ts",
    ["targets/health.test.ts"],
    [
      ["copies follow one another at once", "now - this.#wentAt >= APART_MS", "true"],
      ["a copy that is over blocks the next", "if (this.#under === permits) this.#under = undefined;", ""],
    ],
  ),
];
