// Scopes: reading, and that nothing ever comes out wider than it was.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globMatch } from "../model-match.ts";
import { narrow, readScopes, SCOPES, showScopes, withinPatterns } from "./scopes.ts";

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "-"), minLength: 1, maxLength: 8 });
const name = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 12 });

describe("scopes", () => {
  it("are read and shown again", () => {
    expect(readScopes("messages  files messages model:claude-* ")).toEqual({
      scopes: ["messages", "files"],
      models: ["claude-*"],
    });
    expect(readScopes("")).toEqual({ scopes: [], models: undefined });
    expect(showScopes({ scopes: ["messages"], models: ["claude-*"] })).toBe("messages model:claude-*");
    for (const bad of ["Messages", "admin", "model:", "model:a b*?", "messages\tfiles", "model:<x>", "openid"]) {
      expect(readScopes(bad)).toHaveProperty("unknown");
    }
    expect(readScopes(Array(100).fill("messages").join(" "))).toHaveProperty("unknown");
  });

  it("a pattern lies within another only when every name that it takes, the other takes", () => {
    fc.assert(
      fc.property(pattern, pattern, name, (outer, inner, one) => {
        if (withinPatterns([outer], inner) && globMatch(inner, one)) expect(globMatch(outer, one)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
    expect(withinPatterns(["claude-*"], "claude-haiku-*")).toBe(true);
    expect(withinPatterns(["claude-*"], "claude-*")).toBe(true);
    expect(withinPatterns(["claude-*"], "*")).toBe(false);
    expect(withinPatterns(["claude-haiku-*"], "claude-*")).toBe(false);
    expect(withinPatterns(["*-haiku-*"], "claude-haiku-5")).toBe(true);
    expect(withinPatterns(undefined, "*")).toBe(true);
    expect(withinPatterns([], "x")).toBe(false);
  });

  it("narrowing never widens", () => {
    const scope = fc.subarray([...SCOPES]);
    const models = fc.option(fc.array(pattern, { minLength: 1, maxLength: 3 }), { nil: undefined });
    fc.assert(
      fc.property(scope, models, scope, models, name, (held, heldModels, asked, askedModels, one) => {
        const got = narrow({ scopes: held, models: heldModels }, { scopes: asked, models: askedModels });
        if (got === undefined) return;
        expect(got.scopes.every((each) => held.includes(each))).toBe(true);
        if (heldModels === undefined || !(got.models ?? []).some((each) => globMatch(each, one))) return;
        expect(heldModels.some((each) => globMatch(each, one))).toBe(true);
        expect(got.models).toBeDefined();
      }),
    );
  });
});
