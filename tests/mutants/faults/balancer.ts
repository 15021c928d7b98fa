// Planted faults of the balancer: order, hash, load, preference, where conversations stay and what ties them.

import { faultsOf, type Mutant } from "../mutant.ts";

const BALANCER_TESTS = [
  "targets/balancer-moves.test.ts",
  "targets/balancer.test.ts",
  "targets/affinity.test.ts",
  "targets/bound-history.test.ts",
];

export const BALANCER: readonly Mutant[] = [
  ...faultsOf("balancer", "targets/balancer.ts", BALANCER_TESTS, [
    [
      "a conversation forgets its place with each answer",
      "this.#pins.set(key, {",
      "if (before === undefined || stays) this.#pins.delete(key);\n    else this.#pins.set(key, {",
    ],
    [
      "a repeat that was answered elsewhere moves a conversation whose place is well",
      "if (before !== undefined && !stays && x.tried.length > 0 && seen.homeWell) return;",
      "",
    ],
    ["a place without warmth draws conversations for ever", "if (pin.until <= this.#rt.clock.now()) return true;", ""],
    [
      "the place of a conversation comes first although it is ill",
      "home === undefined || x.tried.length > 0 || !view.fit(home) ||",
      "home === undefined ||",
    ],
    [
      "signed thinking goes to another account",
      "if (tie !== undefined && (home !== undefined ||",
      "if (false && tie !== undefined && (home !== undefined ||",
    ],
    ["a history that is held has all targets", "t !== home && t.account === pin.account &&", "t !== home &&"],
    ["all histories may move", 'this.#optionsOf(x.look.model).bound === "move" || ', "true || "],
    ["counting tokens warms a place", "seen === undefined || countsOnly(x.path)", "seen === undefined"],
    [
      "cached tokens of another place are believed",
      "if (pin?.target === target.name) pin.cachedTokens = tokens;",
      "if (pin !== undefined) pin.cachedTokens = tokens;",
    ],
    ["one place for all models", '${x.look.model ?? ""}`;\n}\n\n/** Counting', "`;\n}\n\n/** Counting"],
    ["a move within one account counts as one of a bound history", "from.account !== to.account && ", ""],
    ["the hour is priced as five minutes", ".pin >= HOUR_MS", ".pin > HOUR_MS"],
    ["who holds is counted at each look", "if (!seen.heldCounted) this.#held += 1;", "this.#held += 1;"],
    ["the value of time is taken by the second", ".value_of_time / 3_600", ".value_of_time"],
  ]),
  ...faultsOf(
    "balancer",
    "targets/target-order.ts",
    ["targets/target-order.test.ts", ...BALANCER_TESTS],
    [
      ["a full target takes new conversations", "view.inFlight(target) + 1 > cap", "false"],
      ["the bound on load is off by one", "view.inFlight(target) + 1 > cap", "view.inFlight(target) > cap"],
      [
        "what chance explains is held against a target",
        "Math.max(loadCap(load, total, share), chanceCap(total, share))",
        "loadCap(load, total, share)",
      ],
      ["weights are not looked at", "(target) => view.weight(target));\n    else if", "() => 1);\n    else if"],
      [
        "a target that comes back takes everything at once",
        "if (share >= 1) return false;",
        "if (share > 0) return false;",
      ],
      [
        "a target that comes back takes other conversations each time",
        "key === undefined ? this.#random.next() : draw(key, this.#hashOf(target))",
        "this.#random.next()",
      ],
      [
        "ill targets are among the two to choose from",
        "view.fit(target) && view.share(target) > 0",
        "view.share(target) > 0",
      ],
      ["the hash of one target is that of all", "hash = hashText(target.name);", 'hash = hashText("");'],
      ["the nearest comes last", "rank(a) - rank(b)", "rank(b) - rank(a)"],
    ],
  ),
  ...faultsOf(
    "rendezvous",
    "mechanics/rendezvous.ts",
    ["mechanics/rendezvous.test.ts"],
    [
      ["weights count for nothing", "-weight / Math.log(draw(key, node))", "-1 / Math.log(draw(key, node))"],
      ["the lowest score wins", "(scores[at - 1] as number) < own", "(scores[at - 1] as number) > own"],
      [
        "the key does not matter",
        "export function draw(key: Hash64, node: Hash64): number {\n  let a = (finish(key.hi ^ node.hi) + key.lo) | 0;\n  let b = (finish(key.lo ^ node.lo ^ a)",
        "export function draw(key: Hash64, node: Hash64): number {\n  let a = (finish(node.hi) + key.length) | 0;\n  let b = (finish(node.lo ^ a)",
      ],
      ["two texts that run together are one", "return this.add(-1 - text.length);", "return this;"],
      [
        "the bound on load is rounded down",
        "return Math.ceil(bound * (total + 1) * share - 1e-9);",
        "return Math.floor(bound * (total + 1) * share - 1e-9);",
      ],
      ["the one that comes is not counted in the bound", "bound * (total + 1) * share", "bound * total * share"],
      ["chance is taken for one deviation", "5 * Math.sqrt(mean)", "Math.sqrt(mean)"],
      ["hashes are poorly mixed", "return h ^ (h >>> 16);", "return h & 0x7fff;"],
      ["a target of negative weight has a score", "weight > 0 ?", "weight !== 0 ?"],
    ],
  ),
  ...faultsOf(
    "peak EWMA",
    "mechanics/peak-ewma.ts",
    ["mechanics/peak-ewma.test.ts"],
    [
      ["a peak is smoothed away", "value > this.#value && !first ? value :", ""],
      ["a peak stays for ever", "return this.#cold + (this.#value - this.#cold) * kept;", "return this.#value;"],
      ["silence improves what is good", "this.#value <= this.#cold || ", ""],
      ["the one that comes is not counted", "(latency * (inFlight + 1))", "(latency * inFlight)"],
      ["headroom makes dearer", "/ (weight * Math.max(headroom, LEAST))", "* (weight * Math.max(headroom, LEAST))"],
      ["the dearer of two is taken", "costOf(b) < costOf(a) ? b : a", "costOf(b) > costOf(a) ? b : a"],
      ["the two are the same one at times", "if (j >= i) j += 1;", ""],
      ["the first sample is mixed with a guess", "first ? 0 : Math.exp", "first ? 0.5 : Math.exp"],
      ["what is no number is taken in", "if (!(value >= 0) || value === Number.POSITIVE_INFINITY) return;", ""],
      ["it decays ten times too fast", "export const DECAY_MS = 10_000;", "export const DECAY_MS = 1_000;"],
    ],
  ),
  ...faultsOf(
    "preference",
    "mechanics/preference.ts",
    ["mechanics/preference.test.ts"],
    [
      [
        "a lead by noise changes the order",
        "later.mean <= earlier.mean * (1 - better) &&",
        "later.mean <= earlier.mean &&",
      ],
      [
        "a lead of few milliseconds changes the order",
        "later.mean <= earlier.mean - betterMs;",
        "later.mean <= earlier.mean;",
      ],
      ["a lead counts at once", "if (later.seen < samples || now - later.since < holdMs) return;", ""],
      ["a lead need not last", "later.seen < samples || now - later.since < holdMs", "later.seen < samples"],
      ["a few samples are a lead", "later.seen < samples || now", "now"],
      ["no rest between changes", "if (now - Math.max(later.changedAt, earlier.changedAt) < dwellMs) return;", ""],
      [
        "a broken lead goes on counting",
        "if (!leads) {\n      later.over = undefined;\n      return;",
        "if (!leads) {\n      return;",
      ],
      ["one sample is enough of a region", "later.samples >= samples &&\n", ""],
      ["the mean never forgets", "Math.min(place.samples, MEMORY)", "place.samples"],
      [
        "a region that was never named comes first",
        "place === undefined ? this.#places.length",
        "place === undefined ? -1",
      ],
    ],
  ),
  ...faultsOf(
    "conversation",
    "targets/conversation.ts",
    ["targets/conversation.test.ts", "targets/affinity.test.ts"],
    [
      ["two tenants share a conversation", "this.key = `${tenant}\\n${session.length", "this.key = `${session.length"],
      ["two tenants share a prefix", "new Hasher().text(tenant).text(model", "new Hasher().text(model"],
      [
        "the user's id goes before the session header",
        "const session = named ?? sessionOf(x.look.userId);",
        "const session = sessionOf(x.look.userId) ?? named;",
      ],
      ["histories are never tied", "this.#body === null ? [] : scanTies(this.#body)", "[]"],
      ["each request scans its body again", "x.tally.conversation ??= new", "x.tally.conversation = new"],
      [
        "the system prompt is no part of the prefix",
        "for (const part of [system, tools, firstTurn])",
        "for (const part of [tools, firstTurn])",
      ],
      ["only the beginning of a text is hashed", ".bytes(body, Math.max(head, to - SPAN_BYTES), to)", ""],
      ["a result of a tool opens a turn", "this.#body === null || opensTurn(this.#body)", "true"],
      ["a name of any length is kept", "session.length > LONGEST_NAME ? print(hashText(session)) : session", "session"],
      [
        "today's metadata is not understood",
        'return typeof session === "string" && session !== "" ? session : undefined;',
        "return undefined;",
      ],
    ],
  ),
  ...faultsOf("conversation", "targets/pins.ts", BALANCER_TESTS, [
    [
      "places are remembered without bound",
      "if (this.#pins.size <= this.#most) return;",
      "if (this.#pins.size > 0) return;",
    ],
    [
      "the place used last is forgotten first",
      "this.#pins.delete(key);\n    this.#pins.set(key, pin);",
      "this.#pins.set(key, pin);",
    ],
    ["the oldest place is never forgotten", "if (oldest !== undefined) this.#pins.delete(oldest);", ""],
  ]),
  ...faultsOf(
    "move price",
    "targets/move-price.ts",
    ["targets/move-price.test.ts"],
    [
      ["a move is priced as a read", "(write - row.cacheRead)", "row.cacheRead"],
      ["an hour's cache is priced as five minutes", "hour ? row.cacheWrite1h : row.cacheWrite5m", "row.cacheWrite5m"],
      ["a bound history moves when it is cheap", 'if (price.bound !== undefined) return "stay";', ""],
      [
        "milliseconds are taken for seconds",
        "(waitMs / 1_000) * valueOfTimePerSecond",
        "waitMs * valueOfTimePerSecond",
      ],
      ["it moves when waiting is worth more", '<= price.usd ? "stay" : "move"', '<= price.usd ? "move" : "stay"'],
    ],
  ),
];
