// JSON as people and programs really write it: odd white space, escapes, duplicate keys, numbers of any size, depth.

import fc from "fast-check";

/** White space between tokens. */
export const space: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 3, arbitrary: fc.constant(" ") },
  { weight: 1, arbitrary: fc.stringMatching(/^[ \t\r\n]{1,6}$/) },
);

/** Characters that text is made of here: plain, quoted, of two to four bytes in UTF-8, joined, invisible, right to left. */
const CHARACTERS = [
  ..."abc XYZ019{}[]:,",
  '"',
  "\\",
  "/",
  "\n",
  "\t",
  "\b",
  "\u0000",
  "\u001f",
  "\u007f",
  "\u0080",
  "\u00e9",
  "e\u0301",
  "\u0416",
  "\u4e2d",
  "\u{1f469}\u200d\u{1f680}",
  "\u{10ffff}",
  "\ufeff",
  "\u2028",
  "\u202e",
  "\ufffd",
  "model",
] as const;

const SHORT: { readonly [character: string]: string } = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\n": "\\n",
  "\t": "\\t",
  "\b": "\\b",
};

/** A string literal of the given text, each character plain or escaped as the numbers say, and never the usual way only. */
export function literal(text: string, choices: readonly number[]): string {
  let out = '"';
  let at = 0;
  for (const character of text) {
    const choice = (choices[at++ % Math.max(1, choices.length)] ?? 0) % 4;
    const must = character === '"' || character === "\\" || character < " ";
    const short = SHORT[character];
    if (choice === 0 || (must && short === undefined)) {
      for (let i = 0; i < character.length; i++) {
        const code = character.charCodeAt(i).toString(16).padStart(4, "0");
        out += `\\u${at % 2 === 0 ? code.toUpperCase() : code}`;
      }
    } else if (short !== undefined && (must || choice === 1)) out += short;
    else out += character;
  }
  return `${out}"`;
}

const choices = fc.array(fc.nat(3), { minLength: 1, maxLength: 8 });
const text = fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 12 }).map((parts) => parts.join(""));

/** A string literal; now and then with a lone surrogate, which only an escape can write. */
export const stringLiteral: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(text, choices).map(([value, how]) => literal(value, how)) },
  { weight: 1, arbitrary: fc.constantFrom('"\\ud800"', '"\\udc00 \\ud83d"', '"\\u0000"', '""') },
);

/** A number literal, within and far beyond what a double holds. */
export const numberLiteral: fc.Arbitrary<string> = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?$/),
  fc.constantFrom("-0", "1e400", "1E-999", "9007199254740993", "0.1e+1", "123456789012345678901234567890", "-0.0e-0"),
);

const keyOfOurs = fc.constantFrom(
  '"model"',
  '"stream"',
  '"max_tokens"',
  '"metadata"',
  '"mod\\u0065l"',
  '"type"',
  '"same"',
);

/** Any value, printed. Members named `model`, `stream` and `max_tokens` inside are nobody's business. */
export const valueText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(stringLiteral, numberLiteral, fc.constantFrom("true", "false", "null", "[]", "{}")),
    fc
      .array(fc.tuple(space, tie("value"), space), { maxLength: 4 })
      .map((items) => `[${items.map((parts) => parts.join("")).join(",")}]`),
    fc
      .array(fc.tuple(space, fc.oneof(stringLiteral, keyOfOurs), space, space, tie("value"), space), { maxLength: 4 })
      .map((members) => `{${members.map(([a, key, b, c, value, d]) => `${a}${key}${b}:${c}${value}${d}`).join(",")}}`),
  ),
})).value;

/** Deep nesting: so many brackets around one value. */
export const deepText: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 50, max: 1_500 }), fc.boolean(), valueText)
  .map(([depth, arrays, value]) =>
    arrays ? "[".repeat(depth) + value + "]".repeat(depth) : '{"model":'.repeat(depth) + value + "}".repeat(depth),
  );
