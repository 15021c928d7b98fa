// Planted faults of join: one answer for several requests, its log, and the key that says which requests are the same.

import { faultsOf, type Mutant } from "../mutant.ts";

export const JOIN: readonly Mutant[] = [
  ...faultsOf(
    "join",
    "policies/join.ts",
    ["policies/join.test.ts", "policies/shared-answer.test.ts"],
    [
      [
        "a request under a taken name shares the answer of another body",
        "if (entry.print !== print)",
        'if (print === "")',
      ],
      ["the window of joining is not looked at", "this.#now() - entry.startedAt > this.#options.window", "false"],
      [
        "sampled requests share an answer unasked",
        'messages === "temperature-0" && !sampled(x)',
        'messages === "temperature-0"',
      ],
      [
        "the attempt is called off with the first who leaves, not with the last",
        "if (entry.waiters.size === 0) this.#deserted(entry);",
        "this.#deserted(entry);",
      ],
      [
        "nobody is sent in place of a leader that failed",
        '(VERDICTS[verdict].scope === "request" || entry.failures > 1 || spent)',
        '(VERDICTS[verdict].scope === "request" || entry.failures > 0 || spent)',
      ],
      ["one after another is sent without end", "entry.failures > 1", "entry.failures > 9"],
      ["who led and left takes the others' answer along", "if (!own) entry.failures += 1;", "entry.failures += 2;"],
      [
        "a creation that may have happened is sent once more",
        "leader.x.once && !failed.unsent && !failed.local",
        "false",
      ],
      [
        "a failed answer is kept for a repeat",
        "if (!good || !this.#repeatable(entry)) {",
        "if (!this.#repeatable(entry)) {",
      ],
      ["a kept answer is never forgotten", "if (entry.keptUntil > now) break;", "if (entry.keptUntil >= 0) break;"],
      [
        "an answer without a name lingers after all have left",
        "if (!this.#repeatable(entry)) this.#giveUp(entry);\n    else entry.linger",
        "entry.linger",
      ],
      [
        "the bound of entries is off by one",
        "this.#entries.size >= this.#options.entries",
        "this.#entries.size > this.#options.entries",
      ],
      [
        "a request goes on when nobody waits for it",
        "if (shared === undefined) entry.signal.abort(UNREAD.message);",
        "if (shared === undefined) entry.waiters.clear();",
      ],
    ],
  ),
  ...faultsOf(
    "join",
    "policies/shared-answer.ts",
    ["policies/shared-answer.test.ts", "policies/join.test.ts"],
    [
      [
        "what all have read is forgotten although others may still join",
        "if (this.#closed) this.#forget();\n    // What has ended",
        "this.#forget();\n    // What has ended",
      ],
      [
        "the slowest reader holds up all others",
        "for (const reader of this.#readers) if (reader.hungry) return true;\n    return false;",
        "for (const reader of this.#readers) if (!reader.hungry) return false;\n    return true;",
      ],
      ["a reader that is too far behind is not cut off", "this.#slowest().cut(lagged(this.#limit))", "break"],
      ["everybody who shares an answer pays for it", 'else x.tally.reused = "joined";', ""],
      ["nobody pays once the payer has left", "next.tally.reused = undefined;", ""],
      ["the room is not given back", "this.#room.used -= this.#log.forget(least);", "this.#log.forget(least);"],
      [
        "a broken answer ends for its readers as if it were whole",
        "const fault = leader.reader === undefined ? faultOf(leader) : undefined;",
        "const fault = undefined as Fault | undefined;",
      ],
      [
        "the bytes that all answers hold together have no bound",
        "(this.#room.used > this.#room.limit && bytes > FLOOR_BYTES)",
        "false",
      ],
    ],
  ),
  ...faultsOf(
    "join",
    "policies/followed.ts",
    ["policies/shared-answer.test.ts", "policies/kept-answer.test.ts", "policies/join.test.ts"],
    [
      [
        "who follows does not learn what was read of the answer",
        "return this.#reader.facts;",
        "return { usage: undefined, model: undefined, stopReason: undefined, messageId: undefined };",
      ],
      [
        "a leader's break is not told to who follows",
        "return { rest: undefined, fault: faultOf(this.#leader) };",
        "return { rest: undefined, fault: undefined };",
      ],
      ["who follows is not ended when its caller leaves", "flow.abort({ ...UNREAD, message: reason })", "void reason"],
      [
        "what is all here waits for a reader",
        'if (leader.ending !== undefined) void flow.hold("end", Number.POSITIVE_INFINITY);',
        "",
      ],
      ["an error of the upstream's own is told a second time", "return this.#leader.told;", "return false;"],
    ],
  ),
  ...faultsOf(
    "join",
    "mechanics/event-log.ts",
    ["mechanics/event-log.test.ts", "policies/shared-answer.test.ts"],
    [
      ["numbers of pieces shift when the oldest are forgotten", "this.#first += count;", "this.#first += count - 1;"],
      ["a forgotten piece is still counted", "this.#bytes -= freed;", ""],
      [
        "a small part of a large buffer keeps all of it",
        "piece.buffer.byteLength > 2 * piece.length ? Buffer.from(piece) : piece",
        "piece",
      ],
    ],
  ),
  ...faultsOf(
    "join",
    "mechanics/canonical-key.ts",
    ["mechanics/canonical-key.test.ts"],
    [
      [
        "two tenants share a key",
        "hash.update(framed([scope, tenantOf(x), x.method,",
        "hash.update(framed([scope, x.method,",
      ],
      [
        "two credentials of a client share a key",
        "framed([scope, tenantOf(x), x.method",
        "framed([tenantOf(x), x.method",
      ],
      ["the parts of a key run together", "text += `${part.length}:${part},`", "text += part"],
      [
        "betas in another order make another key",
        'betas.filter((one) => one !== "").sort()',
        'betas.filter((one) => one !== "")',
      ],
      [
        "the query is no part of the key",
        "x.method, x.path, ...relevantHeaders",
        'x.method, x.path.split("?")[0] ?? "", ...relevantHeaders',
      ],
      [
        "a name given by one tenant is known to another",
        'framed(["named", scope, tenantOf(x), name])',
        'framed(["named", scope, name])',
      ],
    ],
  ),
];
