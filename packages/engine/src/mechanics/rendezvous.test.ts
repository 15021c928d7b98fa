// Tests of rendezvous hashing: keys of a lost node move and no others, shares follow weights, loads stay within bounds.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chanceCap, draw, type Hash64, Hasher, hashText, LOAD_BOUND, loadCap, ranked, score } from "./rendezvous.ts";

interface Node {
  readonly name: string;
  readonly weight: number;
}

const hashes = new Map<string, Hash64>();
const hashOf = ({ name }: Node): Hash64 => {
  const hash = hashes.get(name) ?? hashText(name);
  hashes.set(name, hash);
  return hash;
};
const order = (key: string, nodes: readonly Node[]) => ranked(hashText(key), nodes, hashOf, (node) => node.weight);
const nodes = fc.uniqueArray(
  fc.record({
    name: fc.string({ minLength: 1, maxLength: 12 }),
    weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
  }),
  { minLength: 2, maxLength: 9, selector: (node) => node.name },
);

describe("the order", () => {
  test("without one node is the order with it, less that node: only keys of a lost node move", () => {
    fc.assert(
      fc.property(nodes, fc.string(), fc.nat(), (all, key, which) => {
        const lost = all[which % all.length] as Node;
        const left = all.filter((node) => node !== lost);
        expect(order(key, left)).toEqual(order(key, all).filter((node) => node !== lost));
      }),
    );
  });

  test("does not depend on the order in which nodes are listed", () => {
    fc.assert(
      fc.property(nodes, fc.string(), (all, key) => {
        expect(order(key, [...all].reverse())).toEqual(order(key, all));
      }),
    );
  });

  test("a node that grows rises or stays, and the others keep their order", () => {
    fc.assert(
      fc.property(nodes, fc.string(), fc.nat(), fc.double({ min: 1, max: 5, noNaN: true }), (all, key, which, by) => {
        const name = (all[which % all.length] as Node).name;
        const grown = all.map((node) => (node.name === name ? { name, weight: node.weight * by } : node));
        const place = (list: readonly Node[]) => list.findIndex((node) => node.name === name);
        const before = order(key, all);
        const after = order(key, grown);
        expect(place(after)).toBeLessThanOrEqual(place(before));
        const others = (list: readonly Node[]) => list.filter((node) => node.name !== name);
        expect(others(after)).toEqual(others(before));
      }),
    );
  });

  test("weights of nothing come last, in their order", () => {
    for (const weight of [0, -1]) expect(score(hashText("k"), hashText("n"), weight)).toBe(0);
    const all = [
      { name: "x", weight: 0 },
      { name: "a", weight: 1 },
      { name: "y", weight: 0 },
    ];
    for (let i = 0; i < 50; i++) expect(order(`k${i}`, all).map(({ name }) => name)).toEqual(["a", "x", "y"]);
  });
});

describe("shares", () => {
  const KEYS = 40_000;
  const shares = (all: readonly Node[], rank = 0, keyOf = (i: number) => `session-${i}`) => {
    const counts = new Map(all.map(({ name }) => [name, 0]));
    for (let i = 0; i < KEYS; i++) {
      const name = (order(keyOf(i), all)[rank] as Node).name;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  };

  test("follow the weights within four standard deviations", () => {
    for (const weights of [
      [1, 1, 1, 1, 1],
      [1, 2, 3, 4],
      [10, 0.5],
    ]) {
      const all = weights.map((weight, i) => ({ name: `region-${i}`, weight }));
      const sum = weights.reduce((a, b) => a + b);
      for (const [i, count] of [...shares(all).values()].entries()) {
        const share = (weights[i] as number) / sum;
        expect(Math.abs(count - KEYS * share)).toBeLessThan(4 * Math.sqrt(KEYS * share * (1 - share)));
      }
    }
  });

  test("are as even at the second place, and for keys and names that hardly differ", () => {
    const all = ["a", "b", "c", "d", "e"].map((name) => ({ name, weight: 1 }));
    const bound = 4 * Math.sqrt(KEYS * 0.2 * 0.8);
    for (const counts of [
      shares(all, 1),
      shares(all, 0, (i) => String(i)),
      shares(all, 0, (i) => "k".repeat(i % 200) + i),
    ]) {
      for (const count of counts.values()) expect(Math.abs(count - KEYS / 5)).toBeLessThan(bound);
    }
  });

  test("the keys of a lost node spread evenly over the rest", () => {
    const all = ["a", "b", "c", "d", "e"].map((name) => ({ name, weight: 1 }));
    const heirs = new Map<string, number>();
    let lost = 0;
    for (let i = 0; i < KEYS; i++) {
      const [first, second] = order(`s${i}`, all) as [Node, Node];
      if (first.name !== "c") continue;
      lost += 1;
      heirs.set(second.name, (heirs.get(second.name) ?? 0) + 1);
    }
    for (const count of heirs.values()) {
      expect(Math.abs(count - lost / 4)).toBeLessThan(4 * Math.sqrt(lost * 0.25 * 0.75));
    }
    expect(heirs.size).toBe(4);
  });
});

describe("the draw", () => {
  test("lies strictly between 0 and 1 whatever the bits, so that every score is finite", () => {
    const lane = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 0x7fffffff, -0x80000000));
    const hash = fc.record({ hi: lane, lo: lane });
    fc.assert(
      fc.property(hash, hash, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (key, node, weight) => {
        const at = draw(key, node);
        expect(at > 0 && at < 1).toBe(true);
        expect(Number.isFinite(score(key, node, weight)) && score(key, node, weight) > 0).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    // Bits that mix to nothing at all, the least draw there is.
    expect(draw({ hi: 0, lo: 0 }, { hi: 0, lo: 0 })).toBeGreaterThan(0);
    expect(score({ hi: 1, lo: 1 }, { hi: 2, lo: 2 }, 0)).toBe(0);
    expect(score({ hi: 1, lo: 1 }, { hi: 2, lo: 2 }, -1)).toBe(0);
  });

  test("one changed bit of key or node changes half of the upper bits", () => {
    let flips = 0;
    let total = 0;
    for (let i = 0; i < 400; i++) {
      const key = hashText(`key ${i}`);
      const node = hashText("node");
      for (let bit = 0; bit < 32; bit++) {
        const near = i % 2 === 0 ? { ...key, hi: key.hi ^ (1 << bit) } : { ...key, lo: key.lo ^ (1 << bit) };
        const a = Math.floor(draw(key, node) * 2 ** 24);
        const b = Math.floor(draw(near, node) * 2 ** 24);
        for (let x = a ^ b; x !== 0; x &= x - 1) flips += 1;
        total += 24;
      }
    }
    expect(flips / total).toBeGreaterThan(0.49);
    expect(flips / total).toBeLessThan(0.51);
  });
});

describe("the hash", () => {
  test("has no two alike among a hundred thousand near names", () => {
    const seen = new Set<string>();
    for (let i = 0; i < 100_000; i++) {
      const { hi, lo } = hashText(`user-${i}`);
      seen.add(`${hi} ${lo}`);
    }
    expect(seen.size).toBe(100_000);
  });

  test("of bytes is that of the numbers one by one", () => {
    const one = new Hasher().add(7);
    for (const byte of Buffer.from("fairlead")) one.add(byte);
    const { hi, lo } = one.digest();
    expect(new Hasher().add(7).bytes(Buffer.from("fairlead"), 0, 8).digest()).toEqual({ hi, lo });
    expect(new Hasher().bytes(Buffer.from("x"), 1, 1).digest()).toEqual(new Hasher().digest());
    expect(new Hasher().bytes(Buffer.from("xy"), 2, 1).digest()).toEqual(new Hasher().digest());
  });

  test("tells where a text ends", () => {
    const two = (a: string, b: string) => new Hasher().text(a).text(b).digest();
    expect(two("ab", "c")).not.toEqual(two("a", "bc"));
    expect(two("", "")).not.toEqual(new Hasher().text("").digest());
    expect(new Hasher().bytes(Buffer.from("xaby"), 1, 3).digest()).toEqual(
      new Hasher().bytes(Buffer.from("ab"), 0, 2).digest(),
    );
  });
});

describe("bounded load", () => {
  test("the cap is ⌈c · mean⌉ with the one more included", () => {
    expect(LOAD_BOUND).toBe(1.25);
    expect(loadCap(1.25, 0, 1 / 5)).toBe(1);
    expect(loadCap(1.25, 99, 1 / 5)).toBe(25);
    expect(loadCap(1.25, 100, 1 / 5)).toBe(26);
    expect(loadCap(1.25, 99, 1 / 2)).toBe(63);
    expect(loadCap(1.1, 9, 3 * 0.1)).toBe(4);
    expect(loadCap(1.1, 99, 0.1)).toBe(11);
  });

  test("chance alone explains five deviations, and from a mean of 400 on no more than the bound", () => {
    expect(chanceCap(0, 1)).toBe(6);
    expect(chanceCap(19, 1 / 5)).toBe(14);
    expect(chanceCap(499, 1 / 5)).toBe(150);
    expect(chanceCap(1_999, 1 / 5)).toBe(500);
    expect(loadCap(LOAD_BOUND, 1_999, 1 / 5)).toBe(500);
    expect(chanceCap(3_999, 1 / 5)).toBeLessThan(loadCap(LOAD_BOUND, 3_999, 1 / 5));
  });

  test("no node ever carries more than its cap, and there is always room, for all keys and weights", () => {
    fc.assert(
      fc.property(nodes, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 20 }), (all, keys, kinds) => {
        const sum = all.reduce((s, node) => s + node.weight, 0);
        const load = new Map(all.map((node) => [node.name, 0]));
        const carried = ({ name }: Node) => load.get(name) ?? 0;
        for (let i = 0; i < keys; i++) {
          const room = (node: Node) => carried(node) + 1 <= loadCap(LOAD_BOUND, i, node.weight / sum);
          const node = order(`hot ${i % kinds}`, all).find(room);
          expect(node).toBeDefined();
          if (node !== undefined) load.set(node.name, carried(node) + 1);
        }
        for (const node of all) expect(carried(node)).toBeLessThanOrEqual((LOAD_BOUND * keys * node.weight) / sum + 1);
      }),
      { numRuns: 60 },
    );
  });
});
