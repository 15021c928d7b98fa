// The printed configuration: complete, masked, and of the same shape as the file. And the JSON Schema.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { TIMEOUT_OPTIONS } from "@fairlead/engine";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readConfig } from "./load.ts";
import { mask, printConfig } from "./print.ts";
import { configJsonSchema } from "./schema.ts";

const ENV = { KEY: "sk-ant-0123456789abcdef", WEB: "web-key-012345" };
const FILE = `
listen: "[::1]:4100"
upstreams:
  - { name: main, provider: anthropic, api_key: "\${KEY}", proxy: "http://me:hidden@proxy:3128", timeouts: { head: 90s } }
models: [{ match: "claude-*", upstreams: [{ upstream: main, model: m }], balance: { mode: spread } }, { match: "*", upstreams: [main] }]
limits: { body_bytes: 8MB, header_bytes: 8193 }
timeouts: { idle: 90500 }
projects: [{ name: web, keys: ["\${WEB}", fl-dev-ab] }]
`;

describe("printConfig", () => {
  const text = printConfig(readConfig(FILE, "x.yaml", ENV).config);

  it("writes every value and masks every secret", () => {
    expect(parse(text)).toMatchObject({
      listen: "[::1]:4100",
      admin: "127.0.0.1:4101",
      upstreams: [{ api_key: "sk-a…cdef", proxy: "http://me:****@proxy:3128/", timeouts: { head: "90s" } }],
      models: [
        { match: "claude-*", upstreams: [{ upstream: "main", model: "m" }], balance: { mode: "spread" } },
        { upstreams: ["main"] },
      ],
      timeouts: { connect: "5s", idle: "90500ms" },
      limits: { body_bytes: "8MB", header_bytes: 8193 },
      projects: [{ keys: ["we…45", "****"] }],
    });
    for (const secret of [ENV.KEY, ENV.WEB, "hidden", "fl-dev-ab"]) expect(text).not.toContain(secret);
  });

  it("comes back as the same configuration once references stand where the masks are", () => {
    const again = text
      .replace("sk-a…cdef", "${KEY}")
      .replace("we…45", "${WEB}")
      .replace('"****"', "fl-dev-ab")
      .replace("me:****@", "me:hidden@");
    expect(readConfig(again, "x.yaml", ENV).config).toEqual({
      ...readConfig(FILE, "x.yaml", ENV).config,
      upstreams: [expect.objectContaining({ name: "main", proxyUrl: "http://me:hidden@proxy:3128/" })],
    });
  });

  it("shows four characters at either end of a long secret, fewer of a shorter one", () => {
    expect(mask("12345678901234567890")).toBe("1234…7890");
    expect(mask("123456789012")).toBe("12…12");
    expect(mask("12345678901")).toBe("****");
  });
});

describe("configJsonSchema", () => {
  it("carries bounds, defaults and sentences of the engine's options", () => {
    const schema = configJsonSchema() as { properties: { [key: string]: { properties: { [key: string]: object } } } };
    const connect = schema.properties.timeouts?.properties.connect;
    expect(connect).toMatchObject({
      default: "5s",
      description: expect.stringContaining(TIMEOUT_OPTIONS.connect.says),
    });
    expect(schema.properties.retry?.properties.attempts).toMatchObject({
      type: "integer",
      minimum: 1,
      maximum: 10,
      default: 3,
    });
    expect(schema).toMatchObject({ additionalProperties: false, required: ["upstreams", "projects"] });
  });
});
