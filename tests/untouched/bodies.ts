// Request bodies that a Messages API must take, in every spelling, and where in them the model's name stands.

import fc from "fast-check";
import { deepText, literal, numberLiteral, space, stringLiteral, valueText } from "./json-text.ts";

/** A generated body. */
export interface Body {
  readonly bytes: Buffer;
  /** The body as an upstream must receive it that knows every model as `alias`. */
  as(alias: string): Buffer;
  /** The model that counts: that of the last `model` member. */
  readonly model: string;
  readonly stream: boolean;
}

/** A member of the top level; `model` is set when its value is the model's literal. */
interface Member {
  readonly before: string;
  readonly value: string;
  readonly model?: string;
}

const choices = fc.array(fc.nat(3), { minLength: 1, maxLength: 8 });
/** A key, plain or with escapes in it. */
const key = (name: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(JSON.stringify(name)) },
    { weight: 1, arbitrary: choices.map((how) => literal(name, how)) },
  );
const member = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<Member> =>
  fc
    .tuple(space, name, space, space, value)
    .map(([a, printed, b, c, printedValue]) => ({ before: `${a}${printed}${b}:${c}`, value: printedValue }));

/** Any key but those that the API gives a meaning here. */
const otherKey = fc.oneof(
  fc.constantFrom(
    '"temperature_x"',
    '"future_field"',
    '"Model"',
    '"model "',
    '"modeled"',
    '"mode"',
    '""',
    '"stream_options"',
  ),
  stringLiteral.map((printed) => `${printed.slice(0, -1)}_"`),
);

const turn = (role: string, content: fc.Arbitrary<string>) =>
  fc
    .tuple(
      space,
      space,
      content,
      fc.oneof(
        fc.constant(""),
        fc.tuple(otherKey, valueText).map((pair) => `,${pair.join(":")}`),
      ),
    )
    .map(([a, b, text, more]) => `{${a}"role":${b}"${role}","content":${text}${more}}`);
const block = fc.tuple(space, stringLiteral).map(([a, text]) => `[{${a}"type":"text","text":${text.slice(0, -1)}."}]`);
const words = fc.oneof(
  block,
  stringLiteral.map((text) => `${text.slice(0, -1)}."`),
);
const messages = fc
  .tuple(
    turn("user", words),
    fc.array(fc.oneof(turn("system", words), turn("assistant", words), turn("user", words)), { maxLength: 3 }),
    turn("user", words),
    space,
  )
  .map(([first, middle, last, gap]) => `[${[first, ...middle, last].join(`${gap},${gap}`)}]`);

const big = fc
  .tuple(fc.integer({ min: 100_000, max: 1_500_000 }), fc.constantFrom("x", "\u4e2d", '\\"', "\u{1f680}"))
  .map(([size, unit]) => `"${unit.repeat(Math.ceil(size / Buffer.byteLength(unit)))}"`);

/**
 * A body.
 * @param models names that `model` may have
 */
export function body(models: readonly string[]): fc.Arbitrary<Body> {
  const model: fc.Arbitrary<Member> = fc
    .tuple(member(key("model"), fc.constant("")), fc.constantFrom(...models), choices, fc.boolean())
    .map(([{ before }, name, how, plain]) => ({
      before,
      value: plain ? JSON.stringify(name) : literal(name, how),
      model: name,
    }));
  const others = fc.array(
    member(
      otherKey,
      fc.oneof({ weight: 20, arbitrary: valueText }, { weight: 1, arbitrary: deepText }, { weight: 1, arbitrary: big }),
    ),
    { maxLength: 5 },
  );
  return fc
    .tuple(
      fc.array(model, { minLength: 1, maxLength: 3 }),
      others,
      member(key("messages"), messages),
      member(key("max_tokens"), fc.oneof(fc.constantFrom("16", "1.6e1", "64"), numberLiteral)),
      fc.boolean(),
      member(key("stream"), fc.constant("")),
      fc.tuple(space, fc.array(space, { minLength: 1, maxLength: 6 }), space),
      fc.infiniteStream(fc.nat()),
    )
    .map(([named, more, said, most, stream, flag, [lead, gaps, trail], order]) => {
      const rest = [...more, said, most, { ...flag, value: String(stream) }];
      const members: Member[] = [...named];
      for (const one of rest) members.splice((order.next().value ?? 0) % (members.length + 1), 0, one);
      const print = (alias?: string) => {
        const printed = members.map(
          ({ before, value, model: name }, i) =>
            `${before}${name === undefined || alias === undefined ? value : JSON.stringify(alias)}${gaps[i % gaps.length]}`,
        );
        return Buffer.from(`${lead}{${printed.join(",")}}${trail}`);
      };
      return {
        bytes: print(),
        as: print,
        model: members.findLast((one) => one.model !== undefined)?.model ?? "",
        stream,
      };
    });
}
