// Tests of the compact form: white space goes, and nothing else; what differs in meaning differs in form.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compactJson } from "./compact-json.ts";

const compact = (text: string) => compactJson(Buffer.from(text)).toString();

/** Tokens of a JSON text, strings whole. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

describe("compactJson", () => {
  it.each([
    ['{ "a" : [ 1 , 2 ] }', '{"a":[1,2]}'],
    ['\n{"a":\t"b c\\" d"}\r\n', '{"a":"b c\\" d"}'],
    ['{"a":1}', '{"a":1}'],
    ["[1 2]", "[1 2]"],
    ["[1 \n 2]", "[1 2]"],
    ["[ true  false ]", "[true false]"],
    ['{"a": "not ended ', '{"a":"not ended '],
    ["", ""],
    ["  ", ""],
  ])("%j is %j", (text, form) => {
    expect(compact(text)).toBe(form);
  });

  it("is the same buffer when there is nothing to drop", () => {
    const body = Buffer.from('{"a":"b c"}');
    expect(compactJson(body)).toBe(body);
  });

  it("is the same for any white space between the tokens, and parses to the same value", () => {
    const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(space, { minLength: 1, maxLength: 8 }), (value, spaces) => {
        const text = JSON.stringify(value);
        const tokens = text.match(TOKENS) ?? [];
        const loose = tokens.map((one, i) => `${spaces[i % spaces.length]}${one}${spaces[(i + 1) % spaces.length]}`);
        expect(compact(loose.join(""))).toBe(text);
      }),
    );
  });

  it("keeps apart what means something else, broken JSON included", () => {
    const parsed = (text: string) => {
      try {
        return { value: JSON.parse(text) as unknown };
      } catch {
        return "broken";
      }
    };
    fc.assert(
      fc.property(fc.stringMatching(/^[[\]{}:,"1e a]{0,12}$/), (text) => {
        expect(parsed(compact(text))).toEqual(parsed(text));
      }),
      { numRuns: 2_000 },
    );
  });
});
