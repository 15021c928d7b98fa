// Planted faults of the upstream quota: its buckets, its books, and what is expected of a request.

import { faultsOf, type Mutant } from "../mutant.ts";

const TESTS = ["mechanics/quota.test.ts", "mechanics/quota-told.test.ts", "mechanics/quota-laws.test.ts"];

export const QUOTA: readonly Mutant[] = [
  ...faultsOf("quota", "mechanics/quota.ts", TESTS, [
    ["a reservation can be settled twice", "this.#open.delete(booking);", ""],
    ["it books although there is no room", "if (this.waitMs(now, cost) > 0) return undefined;", ""],
    ["output is not booked", "this.#output.book(now, output),", "this.#output.book(now, 0),"],
    ["a 429 that names nothing shuts nothing", "if (!named) this.#shutUntil = Math.max(this.#shutUntil, until);", ""],
    ["what a refused request had booked stays", "if (booking !== undefined) this.settle(booking, now, ZERO);", ""],
    ["output that was produced beyond the booking is free", "Math.max(booking.output, produced)", "booking.output"],
    ["a running answer gives back what it has not produced yet", "Math.max(booking.output, produced)", "produced"],
    [
      "input is not set right when the answer tells",
      "const input = known.input === undefined ? booking.input : amount(known.input);",
      "const input = booking.input;",
    ],
    ["the headers are not heard", "hear(this.#requests, now, told.requests, 0);", ""],
    ["input that the upstream has charged counts twice", "this.#input.charged(booking.stakes[1], booking.input);", ""],
    [
      "the three limits and the joint one are held together",
      "this.#split() ? 0 : this.#tokens.waitMs(now, input + output)",
      "this.#tokens.waitMs(now, input + output)",
    ],
    ["a reservation that is never settled stays pending", "if (booking.expires <= now)", "if (booking.expires < 0)"],
    [
      "all headroom is that of requests",
      "Math.min(this.#requests.headroom(now), this.#input.headroom(now), this.#output.headroom(now))",
      "this.#requests.headroom(now)",
    ],
  ]),
  ...faultsOf(
    "quota",
    "mechanics/bag.ts",
    ["mechanics/bag.test.ts"],
    [
      ["what takes the place of another does not know it", "last.place = item.place;", ""],
      [
        "what is in another bag counts as in this one",
        "return this.#items[item.place] === item;",
        "return item.place >= 0;",
      ],
      ["what was taken out was not in", "return true;", "return false;"],
      ["a walk sees what leaves the bag", "return this.#items.slice();", "return this.#items;"],
    ],
  ),
  ...faultsOf("quota", "mechanics/quota-bucket.ts", TESTS, [
    ["a refusal does not shut the bucket", "this.#shutUntil = Math.max(this.#shutUntil, until);", ""],
    [
      "a shorter Retry-After opens what a longer one shut",
      "this.#shutUntil = Math.max(this.#shutUntil, until);",
      "this.#shutUntil = until;",
    ],
    ["a minute's worth goes at once", "(this.#limit * this.#burstMs) / MINUTE", "this.#limit"],
    [
      "more is given back than was charged",
      "this.#upstream.give(Math.max(0, stake.held - amount));",
      "this.#upstream.give(stake.amount + stake.held);",
    ],
    ["a refund is lost", "this.#upstream.give(Math.max(0, stake.held - amount));", ""],
    [
      "what is pending is not taken off what the upstream tells",
      "const left = remaining - this.#pending;",
      "const left = remaining;",
    ],
    ["the headers raise the book at once", "Math.min(gap, (0.5 * this.#limit * passed) / MINUTE)", "gap"],
    [
      "the headers only ever raise the book",
      "this.#upstream.value = Math.min(this.#upstream.value, left + slack);",
      "",
    ],
    [
      "the upstream's limit goes before a lower one of our own",
      "this.#limit = Math.min(this.#own, limit);",
      "this.#limit = limit;",
    ],
    ["there is no ramp", "return this.#share >= RAMP_DONE ? 1 : this.#share;", "return 1;"],
    [
      "idleness does not bring the ramp back",
      "this.#share = this.#numbers.rampStart + (this.#share - this.#numbers.rampStart) * kept;",
      "",
    ],
    ["use does not raise the ramp", "this.#share = Math.min(1, this.#share + gain);", ""],
    ["a refused burst is tried again as it was", "Math.max(BURST_LEAST_MS, this.#burstMs / 2)", "this.#burstMs"],
    ["bursts stay short for ever", "now - this.#burstCutAt >= BURST_HEAL_MS", "false"],
    [
      "refusals of one moment halve the burst each",
      "now < this.#shutUntil || now < this.#burstCutAt + SAME_MOMENT_MS",
      "false",
    ],
    [
      "it fills at the rate of a second, not of a minute",
      "const amount = (this.#limit / MINUTE) * passed;",
      "const amount = (this.#limit / 1_000) * passed;",
    ],
    ["what a bucket could not hold pays twice", "this.spilled -= paid;", ""],
    ["time that goes backwards fills", "if (!(passed > 0)) return;\n    this.#at = now;", "this.#at = now;"],
    [
      "what the upstream promised after its refusal has no room",
      "const promised = stake?.amount ?? 0;",
      "const promised = 0;",
    ],
    ["a rise too fast is not slowed down", "this.#slope() / 2", "this.#slope()"],
  ]),
  ...faultsOf(
    "quota",
    "targets/quotas.ts",
    ["targets/quotas.test.ts"],
    [
      ["all accounts share one quota", "const key = `${target.account}\\n${kind}`;", "const key = `${kind}`;"],
      ["each name of a model has a quota of its own", "kind = quotaClass(model);", "kind = model;"],
      [
        "the options go before the account's own limits",
        "{ ...this.#own, ...this.#limitsOf(target, kind) }",
        "{ ...this.#limitsOf(target, kind), ...this.#own }",
      ],
      ["quotas are remembered without bound", "if (this.#quotas.size >= this.#maxQuotas) this.#forget();", ""],
      ["what is in flight is forgotten", "if (quota.inFlight > 0) continue;", ""],
      ["headers are read by their exact spelling only", "const lower = name.toLowerCase();", "const lower = name;"],
      ["what is no number is read as one", "if (digit < 0 || digit > 9) return undefined;", ""],
      ["a doubled header's last value counts", "draft[found.field] ??= value;", "draft[found.field] = value;"],
      [
        "the name that the caller gives decides, not the upstream's",
        "this.#classOf(target.modelName(model))",
        "this.#classOf(model)",
      ],
    ],
  ),
  ...faultsOf(
    "predictor",
    "mechanics/predictor.ts",
    ["mechanics/predictor.test.ts"],
    [
      [
        "max_tokens is reserved, not the mean",
        "if (learned === undefined) return Math.min(first, maxTokens);",
        "if (learned === undefined) return Math.min(1e9, maxTokens);",
      ],
      [
        "the mean may exceed max_tokens",
        "(FIRST_OUTPUT_WEIGHT + n), maxTokens);",
        "(FIRST_OUTPUT_WEIGHT + n), Number.POSITIVE_INFINITY);",
      ],
      ["reads from the cache count", "return this.allInput(route) * share;", "return this.allInput(route);"],
      ["thinking and plain answers share a mean", " + (route.thinking ? 1 : 0);\n}", ";\n}"],
      ["streams and whole answers share a mean", "(route.stream ? 2 : 0) + ", ""],
      [
        "all sizes of a prompt share a mean",
        "while (size < SIZES.length && route.bytes > (SIZES[size] as number)) size += 1;",
        "",
      ],
      ["one image of many bytes spoils the ratio", "Math.min(RATIO_STEP, Math.max(-RATIO_STEP, off))", "off"],
      [
        "models are remembered without bound",
        "if (this.#models.size >= this.#maxModels && oldest !== undefined) this.#models.delete(oldest);",
        "",
      ],
      ["the model learned last is forgotten first", "else this.#models.delete(name);", "else void name;"],
      ["the time to the first token does not hang on the prompt", "fit.at(uncached);", "fit.at(0);"],
      [
        "a prompt may be larger than any window",
        "Math.min(route.bytes / bytes, model?.window ?? FIRST_WINDOW)",
        "route.bytes / bytes",
      ],
      [
        "the first guess counts for nothing",
        "(FIRST_OUTPUT_WEIGHT * first + n * learned.value) / (FIRST_OUTPUT_WEIGHT + n)",
        "learned.value",
      ],
    ],
  ),
  ...faultsOf(
    "predictor",
    "mechanics/line-fit.ts",
    ["mechanics/line-fit.test.ts"],
    [
      ["one stall moves the whole line", "Math.min(Math.max(y, says / CLIP), says * CLIP)", "y"],
      ["the line never forgets", "this.#keep = 1 - 1 / memory;", "this.#keep = 1;"],
      [
        "a slope may be negative",
        "Math.max(0, (a * v - this.#wx * u) / determinant)",
        "(a * v - this.#wx * u) / determinant",
      ],
      ["the base may vanish", "if (base < least) {", "if (base < -1e9) {"],
    ],
  ),
  ...faultsOf(
    "predictor",
    "mechanics/skewed-mean.ts",
    ["mechanics/skewed-mean.test.ts"],
    [
      ["the mean of logarithms is taken for the mean", "this.#logMean + this.#logVariance / 2", "this.#logMean"],
      ["many draws do not bring it to the plain mean", "Math.min(1, TRUST / Math.sqrt(this.#count))", "1"],
      ["it never forgets", "1 / Math.min(this.#count, this.#memory)", "1 / this.#count"],
      [
        "it tells something before the first draw",
        "if (this.#count === 0) return 0;",
        "if (this.#count === 0) return 1;",
      ],
    ],
  ),
];
