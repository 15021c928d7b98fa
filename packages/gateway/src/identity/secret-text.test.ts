// What secrets look like, what a typing mistake does to them, what sealing withstands, and which secrets are refused.

import { seededRandom } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Handles } from "./handle-text.ts";
import { Sealer, weakness } from "./sealer.ts";
import { formOf, newSecret, prefixOf, SECRET_PATTERN } from "./secret-text.ts";

const SECRET = "0123456789abcdef0123456789abcdef-x";
const random = seededRandom("secrets");

describe("secrets", () => {
  it("are recognised by scanners and by their form", () => {
    for (const kind of ["key", "cs"] as const) {
      const secret = newSecret(random, kind);
      expect(secret).toMatch(new RegExp(`^fl-${kind}-[0-9A-Za-z]{38}$`));
      expect(formOf(secret)).toBe(kind);
      expect(`token = "${secret}";`).toMatch(SECRET_PATTERN);
      expect(prefixOf(secret)).toBe(secret.slice(0, `fl-${kind}-`.length + 4));
    }
    expect(formOf("sk-ant-api03-x")).toBe("other");
    expect(formOf("")).toBe("other");
  });

  it("show every single slip of a letter, every cut and every swap of neighbours", () => {
    const secret = newSecret(random, "key");
    fc.assert(
      fc.property(fc.nat(secret.length - 8), fc.constantFrom(..."abcXYZ019"), (at, letter) => {
        const i = at + 7;
        const slip = secret.slice(0, i) + letter + secret.slice(i + 1);
        expect(formOf(slip)).toBe(slip === secret ? "key" : "mistyped");
        expect(formOf(secret.slice(0, i))).toBe("mistyped");
        const swap = secret.slice(0, i) + (secret[i + 1] ?? "") + (secret[i] ?? "") + secret.slice(i + 2);
        expect(formOf(swap)).toBe(swap === secret ? "key" : "mistyped");
      }),
    );
  });

  it("use every character about as often", () => {
    const seen = new Map<string, number>();
    for (let i = 0; i < 2_000; i++) {
      for (const one of newSecret(random, "key").slice(7, 39)) seen.set(one, (seen.get(one) ?? 0) + 1);
    }
    expect(seen.size).toBe(62);
    const mean = (2_000 * 32) / 62;
    for (const count of seen.values()) expect(Math.abs(count - mean) / mean).toBeLessThan(0.2);
  });

  it("come from chance that nobody can foresee, or not at all", () => {
    expect(() => newSecret({ next: () => 0.5 }, "key")).toThrow("systemRandom");
  });
});

describe("handles", () => {
  const handles = new Handles(new Sealer(SECRET, random));
  const others = new Handles(new Sealer(`${SECRET}-other`, random));

  it("give their record's id to the gateway that made them, and to no other", () => {
    const text = handles.make("rt", "AbcdefghiJ012345", 3, "salt");
    expect(text).toMatch(/^fl-rt-[0-9A-Za-z]{70}$/);
    expect(text).toMatch(SECRET_PATTERN);
    expect(handles.idOf("rt", text)).toBe("AbcdefghiJ012345");
    expect(others.idOf("rt", text)).toBeUndefined();
    expect(handles.idOf("dc", text)).toBeUndefined();
    expect(handles.idOf("dc", text.replace("fl-rt-", "fl-dc-"))).toBeUndefined();
    expect(handles.make("rt", "AbcdefghiJ012345", 3, "salt")).toBe(text);
    expect(handles.make("rt", "AbcdefghiJ012345", 4, "salt")).not.toBe(text);
    expect(handles.make("rt", "AbcdefghiJ012345", 3, "other")).not.toBe(text);
  });

  it("are none of ours with any character changed", () => {
    const text = handles.make("rt", "AbcdefghiJ012345", 0, "salt");
    for (let i = 0; i < text.length; i++) {
      const twisted = text.slice(0, i) + (text[i] === "a" ? "b" : "a") + text.slice(i + 1);
      expect(handles.idOf("rt", twisted)).toBeUndefined();
    }
  });
});

describe("sealing", () => {
  const sealer = new Sealer(SECRET, random);

  it("opens what it sealed, for the same purpose alone, unchanged", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(60), (text, at) => {
        const sealed = sealer.seal(text, "purpose");
        expect(sealer.open(sealed, "purpose")).toBe(text);
        expect(sealer.open(sealed, "other")).toBeUndefined();
        expect(new Sealer(`${SECRET}y`, random).open(sealed, "purpose")).toBeUndefined();
        const i = 3 + (at % (sealed.length - 4));
        const twisted = sealed.slice(0, i) + (sealed[i] === "A" ? "B" : "A") + sealed.slice(i + 1);
        expect(sealer.open(twisted, "purpose")).toBeUndefined();
      }),
    );
    for (const rubbish of ["", "v1.", "v1.AAAA", "v2.AAAA", "plain"])
      expect(sealer.open(rubbish, "purpose")).toBeUndefined();
  });

  it.each([
    ["", "empty"],
    ["   ", "empty"],
    ["changeme", "tries first"],
    ["secret", "tries first"],
    ["0".repeat(64), "tries first"],
    ["your-secret-here-your-secret-here", "tries first"],
    ["short-but-random-9f2", "characters"],
    ["abababababababababababababababababab", "too few"],
    [SECRET, undefined],
  ])("%j: %s", (secret, wanted) => {
    if (wanted === undefined) expect(weakness(secret)).toBeUndefined();
    else {
      expect(weakness(secret)).toContain(wanted);
      expect(() => new Sealer(secret, random)).toThrow("openssl rand -hex 32");
    }
  });
});
