// Models beside the one at the top: found wherever the API would read them, however they are written.

import fc from "fast-check";
import { expect, it } from "vitest";
import { namedModels } from "./named-models.ts";

const of = (text: string) => namedModels(Buffer.from(text));

it.each<[string, readonly string[]]>([
  ['{"model":"a"}', []],
  ['{"model":"a","fallbacks":[{"model":"b"},{"model":"c"}]}', ["b", "c"]],
  ['{"fallbacks":["b"]}', ["b"]],
  ['{"fallbacks":"default"}', ["default"]],
  ['{"fallbacks":[{"model":"b"}],"fallbacks":[]}', ["b"]],
  ['{"\\u0066allbacks":[{"mod\\u0065l":"\\u0062"}]}', ["b"]],
  ['{"tools":[{"type":"advisor_20260301","name":"advisor","model":"b"}]}', ["b"]],
  ['{"tools":[{"model":"b","model":"c","type":"advisor_20260301"}]}', ["b", "c"]],
  ['{"tools":[{"type":"\\u0061dvisor_20260301","model":"b"}]}', ["b"]],
  ['{"messages":[{"content":[{"type":"tool_addition","tool":{"type":"advisor_20260301","model":"b"}}]}]}', ["b"]],
  ['{"messages":[{"content":"\\"fallbacks\\":[{\\"model\\":\\"b\\"}]"}]}', []],
  ['{"tools":[{"name":"advisor","input_schema":{"properties":{"model":{"type":"string"}}}}]}', []],
  ['{"metadata":{"fallbacks":[{"model":"b"}]}}', []],
  [`{"fallbacks":[{"model":"${"b".repeat(5_000)}"}]}`, [""]],
  [`{"x":${"[".repeat(5_000)}${"]".repeat(5_000)},"fallbacks":"b"}`, ["b"]],
  ['{"fallbacks":[{"model":"b"', ["b"]],
])("%.60s", (text, models) => expect(of(text)).toEqual(models));

it("of any body with fallbacks, written in any way, their models are found", () => {
  const rest = fc.dictionary(
    fc.string().filter((name) => name !== "fallbacks"),
    fc.jsonValue({ maxDepth: 3 }),
  );
  fc.assert(
    fc.property(rest, fc.array(fc.string()), fc.boolean(), (more, models, indent) => {
      const noAdvisor = JSON.stringify(more).includes("advisor") ? {} : more;
      const body = { ...noAdvisor, fallbacks: models.map((model) => ({ model })) };
      expect(of(JSON.stringify(body, undefined, indent ? 2 : 0))).toEqual(models);
    }),
  );
});

it("a body of 8 MB that is all escapes is read in well under a second", () => {
  const body = Buffer.from(JSON.stringify({ fallbacks: "a", x: '\\"'.repeat(2_000_000) }));
  const began = performance.now();
  expect(namedModels(body)).toEqual(["a"]);
  expect(performance.now() - began).toBeLessThan(2_000);
});

it("a tool that names a model a million times breaks nothing", () => {
  const body = Buffer.from(`{"tools":[{"type":"advisor_20260301"${',"model":"b"'.repeat(1_000_000)}}]}`);
  expect(namedModels(body)).toHaveLength(1_000_000);
});
