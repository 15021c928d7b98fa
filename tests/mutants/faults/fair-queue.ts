// Planted faults of the fair queue: classes and floors, tenants and their counters, deadlines, standing queues, rooms.

import { faultsOf, type Mutant } from "../mutant.ts";

const TESTS = [
  "mechanics/fair-queue.test.ts",
  "mechanics/fair-queue-time.test.ts",
  "mechanics/fair-queue-room.test.ts",
  "mechanics/fair-queue-laws.test.ts",
];

export const FAIR_QUEUE: readonly Mutant[] = [
  ...faultsOf("fair queue", "mechanics/fair-queue.ts", TESTS, [
    ["the queue has one place too many", "this.size >= this.capacity", "this.size > this.capacity"],
    [
      "a request whose deadline no turn can meet waits",
      'if (reachableUntil <= now) return { refused: "deadline" };',
      "",
    ],
    [
      "the time an answer takes is not taken off its deadline",
      "asking.deadline - (asking.serviceMs ?? 0)",
      "asking.deadline",
    ],
    [
      "nobody is dropped after the longest wait",
      "leaveAt: Math.min(reachableUntil, waitedOut),",
      "leaveAt: reachableUntil,",
    ],
    ["a turn costs nothing", "own.counter.charge(entry.line, entry.cost);", ""],
    ["classes below their floor do not go first", "this.#floors.owed(at) ? -1 :", ""],
    [
      "a class does not move up with its wait",
      "Math.max(0, at - (this.#classes[at] as QueueClass<T>).aged(now))",
      "at",
    ],
    [
      "who comes back after a failed attempt stands at the end",
      "const resumed = asking.resumed === true;",
      "const resumed = false;",
    ],
    [
      "what goes past an empty queue is not charged",
      "own.counter.enter(line);\n      own.counter.charge(line, cost);",
      "own.counter.enter(line);",
    ],
    [
      "what it really cost is not charged",
      "own.counter.charge(own.lineOf(tenant, now), cost);\n    this.#served(at, cost);",
      "this.#served(at, cost);",
    ],
    [
      "who leaves keeps its place",
      "if (!this.#leaving.has(entry)) return false;\n    this.#remove(entry, now);",
      "if (!this.#leaving.has(entry)) return false;",
    ],
    [
      "a full queue refuses the urgent for the patient",
      "if (may && this.#waiting(i) > this.#reserved(i))",
      "if (may && this.#waiting(i) > 1e9)",
    ],
    [
      "a flood drives out a class's own share of places",
      "if (may && this.#waiting(i) > this.#reserved(i))",
      "if (may && this.#waiting(i) > 0)",
    ],
    [
      "the tenant with the most keeps out all others",
      '(fullest.size - 1) / fullest.weight >= (line.size + 1) / weight ? fullest.next("newest") : undefined',
      "undefined",
    ],
    ["the place told is one too low", "let before = inLine;", "let before = inLine - 1;"],
    ["the wait told is that of who goes before", "(place + 1) / rate", "place / rate"],
    ["a lane that is closed closes all", "this.#closed.clear();", ""],
    ["who goes says nothing of how quick a line is", "own.served(entry, now);", ""],
    ["an empty lane is remembered", "if (lane === 0) this.#lanes.delete(entry.lane);\n    else ", ""],
  ]),
  ...faultsOf("fair queue", "mechanics/queue-class.ts", TESTS, [
    ["a new tenant begins at zero and takes all turns", "line.counter = this.counter.least;", ""],
    ["tenants are remembered without bound", "if (this.#lines.size >= this.#numbers.tenants) return this.#others;", ""],
    ["a tenant set aside never comes back", "this.counter.back(line);\n    }", "line.weight = 1;\n    }"],
    ["a line that stands serves the oldest first", 'line.standing.stands(now) ? "newest" : "earliest"', '"earliest"'],
    ["a line always serves the newest first", 'line.standing.stands(now) ? "newest" : "earliest"', '"newest"'],
    [
      "a line stands because its class does",
      'line.standing.stands(now) ? "newest" : "earliest"',
      'this.stands(now) ? "newest" : "earliest"',
    ],
    ["a standing line drops nobody", "if (at > now) continue;", "if (at >= 0) continue;"],
    ["a line's drops do not relieve its class", "this.#standing.filled(now);\n      return", "return"],
    ["a standing class drops nobody", "if (at > now) {\n      this.dropAt();", "if (at >= 0) {\n      this.dropAt();"],
    ["the last of a line is dropped for standing", "line.size < 2 ? undefined", "line.size < 1 ? undefined"],
    [
      "a queue in front of slow answers stands as soon as any",
      "Math.max(this.#numbers.intervalMs, intervalMs)",
      "this.#numbers.intervalMs",
    ],
    [
      "a class that moved up serves its newest",
      'const oldest = line.next("oldest", closed);',
      'const oldest = line.next("newest", closed);',
    ],
    [
      "the fullest is the one with the fewest",
      "const more = line.size / line.weight - most.size / most.weight;",
      "const more = most.size / most.weight - line.size / line.weight;",
    ],
    [
      "who has been idle is forgotten with what it owes",
      "if (classIdle || !this.counter.matters(line))",
      "if (classIdle || line.size === 0)",
    ],
  ]),
  ...faultsOf("fair queue", "mechanics/tenant-line.ts", TESTS, [
    [
      "deadlines count for nothing",
      "a.due < b.due || (a.due === b.due && a.arrival < b.arrival)",
      "a.arrival < b.arrival",
    ],
    [
      "of equal deadlines the last to come goes first",
      "(a.due === b.due && a.arrival < b.arrival)",
      "(a.due === b.due && a.arrival > b.arrival)",
    ],
    ["newest is oldest", 'turn === "newest" ? lane.arrivals.newest : lane.arrivals.oldest', "lane.arrivals.oldest"],
    ["a closed lane is served", "if (closed?.has(name) === true) continue;", ""],
    ["the size of a line only grows", "this.#size -= 1;", ""],
  ]),
  ...faultsOf(
    "fair queue",
    "mechanics/heap.ts",
    ["mechanics/heap.test.ts"],
    [
      [
        "only one child is looked at",
        "if (child + 1 < length && this.#before(this.#items[child + 1] as T, this.#items[child] as T)) child += 1;",
        "",
      ],
      [
        "what is taken out leaves a hole in the order",
        "if (last !== item) this.#settle(at, last);",
        "if (last !== item) this.#put(at, last);",
      ],
      [
        "an item moves down only",
        "if (at > 0 && parent !== undefined && this.#before(item, parent)) this.#up(at, item);\n    else this",
        "this",
      ],
      ["who has left is still in", "item.places[this.#slot] = -1;", ""],
    ],
  ),
  ...faultsOf("fair queue", "mechanics/chain.ts", TESTS, [
    [
      "the oldest stays when it is taken out",
      "if (link.older === undefined) this.#oldest = link.newer;\n    else link",
      "if (link.older !== undefined) link",
    ],
    [
      "the newest stays when it is taken out",
      "if (link.newer === undefined) this.#newest = link.older;\n    else link",
      "if (link.newer !== undefined) link",
    ],
    ["what is taken out is still counted", "this.#size -= 1;", ""],
  ]),
  ...faultsOf(
    "floors",
    "mechanics/class-floors.ts",
    ["mechanics/class-floors.test.ts", ...TESTS],
    [
      [
        "floors are not earned",
        "(this.#floors[i] as number) * cost;\n      if (i === which)",
        "0 * cost;\n      if (i === which)",
      ],
      [
        "a class is not charged for what it got",
        "if (i === which) credit -= alone ? (this.#floors[i] as number) * cost : cost;",
        "",
      ],
      [
        "who does not wait saves up",
        "if (waits[i] !== true) credit = Math.min(credit, Math.max(0, this.#credits[i] as number));",
        "",
      ],
      ["use of what was idle is held against a class", "alone ? (this.#floors[i] as number) * cost : cost", "cost"],
      ["a debt has no bound", "Math.max(credit, -this.#largest)", "credit"],
      [
        "who has emptied keeps what it is owed",
        "this.#credits[which] = Math.min(0, this.#credits[which] as number);",
        "",
      ],
      [
        "a class at its floor counts as behind it",
        "return (this.#credits[which] as number) > 0;",
        "return (this.#credits[which] as number) >= 0;",
      ],
      [
        "equals are served by credit, not by share of the floor",
        "(this.#credits[which] as number) / Math.max(this.#floors[which] as number, 1e-9)",
        "this.#credits[which] as number",
      ],
    ],
  ),
  ...faultsOf(
    "standing queue",
    "mechanics/standing-queue.ts",
    ["mechanics/standing-queue.test.ts", ...TESTS],
    [
      ["a queue stands at once", "now >= this.#busySince + this.#patience.intervalMs", "now >= this.#busySince"],
      [
        "a queue stands although it was empty",
        "this.#busySince = Number.POSITIVE_INFINITY;\n    this.#nextDrop",
        "this.#nextDrop",
      ],
      [
        "who has waited less than the target is dropped",
        "Math.max(this.#nextDrop, oldestSince + this.#patience.targetMs)",
        "this.#nextDrop",
      ],
      ["drops do not come faster", "this.#patience.intervalMs / Math.sqrt(this.#count)", "this.#patience.intervalMs"],
      ["all are dropped at once", "this.#nextDrop = at + this.#patience.intervalMs / Math.sqrt(this.#count);", ""],
      [
        "who goes after a long wait relieves the queue",
        "now - since < this.#patience.targetMs && !this.stands(now)",
        "!this.stands(now)",
      ],
      [
        "one quick turn ends a standing queue",
        "now - since < this.#patience.targetMs && !this.stands(now)",
        "now - since < this.#patience.targetMs",
      ],
      ["an earlier standing queue counts on", "this.#count = 0;\n  }\n\n  /** Nobody", "}\n\n  /** Nobody"],
    ],
  ),
  ...faultsOf(
    "tenant counter",
    "mechanics/virtual-counter.ts",
    ["mechanics/virtual-counter.test.ts", ...TESTS],
    [
      [
        "a pause saves up turns without bound",
        "Math.max(account.counter, this.least - ",
        "Math.max(account.counter, -1e9 - ",
      ],
      ["a pause saves up nothing", "const SAVED = 2;", "const SAVED = 0;"],
      [
        "what is saved up does not count by weight",
        "(SAVED * this.#largest) / account.weight",
        "SAVED * this.#largest",
      ],
      ["a weight counts for nothing", "account.counter += cost / account.weight;", "account.counter += cost;"],
      ["who was served most goes first", "a.counter < b.counter || (a.counter", "a.counter > b.counter || (a.counter"],
      [
        "of equals always the same one goes first",
        "(a.counter === b.counter && a.turn < b.turn)",
        "(a.counter === b.counter && a.turn > b.turn)",
      ],
      ["a charge does not change the order", "this.#waiting.moved(account);", ""],
      [
        "an output token costs as much as one of input",
        "export const OUTPUT_PRICE = 5;",
        "export const OUTPUT_PRICE = 1;",
      ],
      ["the least counter is forgotten when all have left", "return this.#least;", "return first?.counter ?? 0;"],
    ],
  ),
  ...faultsOf(
    "fair queue",
    "mechanics/dispatch-rate.ts",
    ["mechanics/dispatch-rate.test.ts", ...TESTS],
    [
      ["idle time slows the rate down", "this.#since = undefined;", ""],
      [
        "silence does not slow the rate down",
        "this.#busyMs + (this.#since === undefined ? 0 : now - this.#since)",
        "this.#busyMs",
      ],
      ["turns of long ago count as those of now", "const kept = Math.exp(-ms / FADE_MS);", "const kept = 1;"],
    ],
  ),
];
