// Tests of what values become when they are put right: addresses, proxies, regions and resources.

import { expect, test } from "vitest";
import { regionOf, resourceOf } from "./cloud-lint.ts";
import { isQuoted, repairedProxy } from "./proxy-url.ts";
import { repairedUrl } from "./url-lint.ts";

test.each([
  ["https:\\\\gw.example.com\\api", "https://gw.example.com/api"],
  ["https://https://gw.example.com", "https://gw.example.com"],
  ["http://https//gw.example.com", undefined],
  ["\u200bhttps://gw.example.com", "https://gw.example.com"],
  ["https://gw.exam\u200bple.com", "https://gw.example.com"],
  ["ANTHROPIC_BASE_URL=https://gw.example.com", "https://gw.example.com"],
  ["https://gw.example.com/v1/messages", "https://gw.example.com"],
])("base URL %s", (before, after) => {
  expect(repairedUrl(before)).toBe(after);
});

test.each([
  ["10.0.0.1:3128", "http://10.0.0.1:3128"],
  ["'http://10.0.0.1:3128'", "http://10.0.0.1:3128"],
  ['"10.0.0.1:3128"', "http://10.0.0.1:3128"],
  ["http:/10.0.0.1:3128", "http://10.0.0.1:3128"],
  ["http//proxy.example:3128", "http://proxy.example:3128"],
  ["http:8080", "http://http:8080"],
  ["http：//proxy.example：3128", "http://proxy.example:3128"],
  [" http://proxy.example:3128 ", "http://proxy.example:3128"],
  ["http://10.0.0.1:78900", undefined],
])("proxy %s", (before, after) => {
  expect(repairedProxy(before)).toBe(after);
});

test("a quotation mark inside a password is none round the value", () => {
  expect(isQuoted("http://u:it's@proxy.example:3128")).toBe(false);
  expect(isQuoted('"http://proxy.example:3128"')).toBe(true);
});

test.each([
  ["bedrock", "us-east-1", "us-east-1"],
  ["bedrock", "us-gov-west-1", "us-gov-west-1"],
  ["bedrock", " US-East-1 ", "us-east-1"],
  ["bedrock", "us-east-1a", "us-east-1"],
  ["bedrock", "virginia", undefined],
  ["vertex", "global", "global"],
  ["vertex", "europe-west1", "europe-west1"],
  ["vertex", "northamerica-northeast1", "northamerica-northeast1"],
  ["vertex", "us-east5-a", "us-east5"],
  ["vertex", "us east5", "us-east5"],
  ["vertex", "us-east-1", undefined],
] as const)("region of %s: %s", (platform, text, region) => {
  expect(regionOf(platform, text)).toBe(region);
});

test.each([
  ["my-resource", "my-resource"],
  ["https://my-resource.services.ai.azure.com/anthropic", "my-resource"],
  ["my-resource.openai.azure.com", "my-resource"],
  ["my resource", undefined],
])("resource %s", (text, name) => {
  expect(resourceOf(text)).toBe(name);
});
