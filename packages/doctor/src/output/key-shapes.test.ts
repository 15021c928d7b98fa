// What of a text is taken for a key, and what is left alone.

import { describe, expect, test } from "vitest";
import { piecesMask, withoutKeys } from "./key-shapes.ts";

const KEY = "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWx0123456789";

describe("keys by their look", () => {
  test.each([
    [`/home/${KEY}/ca.pem`, "/home/***/ca.pem"],
    [`https://gw.example/${KEY}/anthropic`, "https://gw.example/***/anthropic"],
    ["AKIAABCDEFGHIJKLMNOP in a variable", "*** in a variable"],
  ])("%s", (text, masked) => {
    expect(withoutKeys(text, "***")).toBe(masked);
  });

  test("a shown mask, the beginning of all keys and a fingerprint stay", () => {
    const text = `sk-ant-a…6789 (47 characters), keys begin with sk-ant-, ${"0123456789abcdef".repeat(4)}`;
    expect(withoutKeys(text, "***")).toBe(text);
  });
});

describe("pieces of a secret", () => {
  const mask = piecesMask([KEY], "***");

  test("its end, its middle and its other case", () => {
    expect(mask(`bad key ${KEY.slice(-30)}!`)).toBe("bad key ***!");
    expect(mask(`bad key x${KEY.slice(4, 24)}y ${KEY.toUpperCase()}.`)).toBe("bad key x***y ***.");
  });

  test("the beginning that all keys have, and every other text", () => {
    const text = "sk-ant-api03-... is how a key begins";
    expect(mask(text)).toBe(text);
    expect(piecesMask([], "***")(KEY)).toBe(KEY);
  });
});
