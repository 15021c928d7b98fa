// Planted faults of the cache: what may be kept, how it is written down and read out, and how it is renewed.

import { faultsOf, type Mutant } from "../mutant.ts";

export const CACHE: readonly Mutant[] = [
  ...faultsOf(
    "cache",
    "policies/cache.ts",
    ["policies/cache.test.ts", "policies/kept-answer.test.ts"],
    [
      [
        "messages are kept unasked",
        'x.cache === undefined && (messages === "asked" || sampled(x))',
        "x.cache === undefined && sampled(x)",
      ],
      ["sampled answers are given again unasked", '(messages === "asked" || sampled(x))', 'messages === "asked"'],
      [
        "a request that asks for no cache gets a kept answer",
        'kind === "other" || x.cache === "off"',
        'kind === "other"',
      ],
      [
        "a refresh is answered from memory",
        'x.cache === "refresh" ? undefined : this.#store.get(key, now)',
        "this.#store.get(key, now)",
      ],
      ["error answers are kept", "outcome.status !== 200 || ", ""],
      ["what is tied to an account is kept", "return repeatable(x) ? messages_ttl : 0;", "return messages_ttl;"],
      ["everybody renews at once", "this.#renewing.has(key) || this.#coming.has(key)", "false"],
      [
        "a failed renewal fails the request though the kept answer has not lapsed",
        "if (outcome.ok || x.signal.aborted || kept.until <= this.#rt.clock.now()) return outcome;",
        "return outcome;",
      ],
      ["after a failed renewal nobody renews any more", "this.#renewing.delete(key);", ""],
      [
        "an answer that broke keeps its key blocked",
        "if (fault !== undefined && !recording.begun) flow.abort(fault);",
        "",
      ],
      [
        "one pipeline's answers are given to another's callers",
        'canonicalKey(x, scope, "compact")',
        'canonicalKey(x, "", "compact")',
      ],
    ],
  ),
  ...faultsOf(
    "cache",
    "policies/kept-answer.ts",
    ["policies/kept-answer.test.ts", "policies/cache.test.ts"],
    [
      [
        "a stream without its last event is kept",
        "if (reader?.streamed === true && !reader.complete) return undefined;",
        "",
      ],
      ["a refusal is kept", 'stopReason === "refusal" || ', ""],
      ["a paused turn is kept", ' || stopReason === "pause_turn"', ""],
      ["signed thinking is kept", '"(?:thinking|redacted_thinking|', '"(?:redacted_thinking|'],
      [
        "the rate limits of the first answer are told again",
        "anthropic-(?:ratelimit|priority|fast)-.*",
        "anthropic-(?:priority|fast)-.*",
      ],
      ["the first event is left out of a replay", "#event = 0;", "#event = 1;"],
      ["a replay does not wait for a slow reader", "while (!this.#over && !this.#paused &&", "while (!this.#over &&"],
      [
        "an answer that is too long is kept in part",
        "if (this.#bytes > this.#limit) this.#tell(false);",
        "if (this.#bytes > this.#limit) this.#tell(true);",
      ],
      [
        "a reader who leaves half way leaves half an answer in the cache",
        "cancel(): void {\n    this.#tell(false);",
        "cancel(): void {\n    this.#tell(true);",
      ],
      [
        "an answer that broke is kept",
        "fail(fault: Fault): void {\n    this.#tell(false);",
        "fail(fault: Fault): void {\n    this.#tell(true);",
      ],
      ["the room that headers take is not counted", "size += 2 * (name.length + value.length);", ""],
    ],
  ),
  ...faultsOf(
    "cache",
    "mechanics/answer-store.ts",
    ["mechanics/answer-store.test.ts", "policies/cache.test.ts"],
    [
      ["an answer is given at the moment it lapses", "kept.until <= now", "kept.until < now"],
      [
        "the room of what lapsed is lost",
        "if (kept.until <= now) {\n      this.#bytes -= kept.size;",
        "if (kept.until <= now) {",
      ],
      ["an answer larger than all the room empties the cache", "if (kept.size > this.#limit) return false;", ""],
      [
        "the bound of bytes is not kept",
        "if (this.#bytes + kept.size <= this.#limit) break;",
        "if (this.#bytes <= this.#limit) break;",
      ],
      [
        "the answer used last makes room",
        "this.#all.set(key, kept);\n    return kept;",
        "const others = [...this.#all];\n    this.#all.clear();\n    for (const [name, one] of [[key, kept] as const, ...others]) this.#all.set(name, one);\n    return kept;",
      ],
      [
        "a replaced answer is counted twice",
        "put(key: string, kept: K): boolean {\n    this.delete(key);",
        "put(key: string, kept: K): boolean {",
      ],
      [
        "it renews late: by the time made, not by its chance",
        "-beta * tookMs * Math.log(1 - random.next())",
        "beta * tookMs * Math.log(1 - random.next())",
      ],
      ["it renews at every look", ">= until - now;", ">= 0;"],
    ],
  ),
  ...faultsOf(
    "cache",
    "policies/request-kind.ts",
    ["policies/cache.test.ts", "policies/kept-answer.test.ts", "policies/join.test.ts"],
    [
      [
        "a request without a temperature counts as not sampled",
        "scanTraits(body).temperature !== 0",
        "(scanTraits(body).temperature ?? 0) !== 0",
      ],
      ["what tools of the server did is given again", "!scanTraits(body).serverTools && ", ""],
      ["a history tied to an account is given again", " && scanTies(body).length === 0", ""],
      [
        "a query hides what a request asks for",
        "const end = question < 0 ? path.length : question;",
        "const end = path.length;",
      ],
      ["a list of models of any method counts as one", 'method === "GET" && MODELS', "MODELS"],
    ],
  ),
];
