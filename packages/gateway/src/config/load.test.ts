// Loading a configuration: defaults, references, and every kind of problem with its line and column.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig, readConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-config-"));
  writeFileSync(join(folder, "one.key"), "sk-ant-from-a-file-0001\n");
  writeFileSync(join(folder, "many.key"), "# web team\nfirst-key-0123456789\n\nsecond-key-123456789\n");
  writeFileSync(join(folder, "empty.key"), "\n# nothing\n");
  writeFileSync(join(folder, "blank.key"), "two words of a key 12345\n");
  writeFileSync(join(folder, "ca.pem"), "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ENV = { KEY: "sk-ant-0123456789abcdef", WEB: "web-key-0123456789", EMPTY: "" };
const UPSTREAM = `upstreams: [{ name: main, provider: anthropic, api_key: "\${KEY}" }]`;
const PROJECT = `projects: [{ name: web, keys: ["\${WEB}"] }]`;

function load(...lines: string[]) {
  return readConfig(lines.join("\n"), join(folder, "fairlead.yaml"), ENV);
}

/** Every problem as `line:column code path`, with the messages beside. */
function problems(...lines: string[]): { at: string[]; says: string } {
  try {
    load(...lines);
  } catch (e) {
    if (!ConfigError.is(e)) throw e;
    const at = e.problems.map((one) => `${one.line}:${one.column} ${one.code} ${one.path}`.trimEnd());
    return { at, says: e.problems.map((one) => one.message).join("\n") };
  }
  return { at: [], says: "" };
}

describe("a good file", () => {
  it("gets every default from the shortest file", () => {
    const { config, warnings } = load(UPSTREAM, PROJECT);
    expect(warnings).toEqual([]);
    expect(config.listen).toEqual({ host: "127.0.0.1", port: 4100 });
    expect(config.admin).toEqual({ host: "127.0.0.1", port: 4101 });
    expect(config.upstreams).toEqual([
      {
        name: "main",
        provider: "anthropic",
        base_url: "https://api.anthropic.com",
        api_key: ENV.KEY,
        auth: "x-api-key",
        proxy: "env",
        min_tls: "TLSv1.2",
        weight: 1,
        max_connections: 1_024,
      },
    ]);
    expect(config.models).toEqual([{ match: "*", upstreams: [{ upstream: "main" }] }]);
    expect(config.timeouts).toEqual({ connect: 5e3, head: 6e4, first_token: 12e4, idle: 6e4, total: 6e5 });
    expect(config.retry.attempts).toBe(3);
    expect(config.recover.hold).toBe("first-content");
    expect(config.stream).toEqual({ ping: 15_000 });
    expect(config.limits).toMatchObject({ body_bytes: 33_554_432, header_bytes: 65_536, bodies_bytes: 536_870_912 });
    expect(config.projects).toEqual([{ name: "web", keys: [ENV.WEB] }]);
    expect(config.drain).toEqual({ grace: 600_000 });
    expect(config.log).toEqual({ requests: true });
  });

  it("reads every form that a value may have", () => {
    const { config } = load(
      "listen: '[::1]:0'",
      "upstreams:",
      "  - name: main",
      "    provider: anthropic",
      "    base_url: https://${HOST_OR_NOT}/claude/".replace("${HOST_OR_NOT}", "llm.example"),
      "    api_key: file:./one.key",
      "    ca_file: ./ca.pem",
      "    timeouts: { head: 90s, idle: 1500 }",
      '  - { name: other, provider: anthropic, api_key: "${KEY}", auth: bearer, proxy: "http://u:p@proxy:3128" }',
      "models:",
      '  - { match: "claude-haiku-*", upstreams: [other, { upstream: main, model: small }], balance: { mode: spread, pin: 1h } }',
      '  - { match: "*", upstreams: [main] }',
      "limits: { body_bytes: 8MB, header_bytes: 16384 }",
      "retry:",
      "projects:",
      "  - { name: web, keys: [file:many.key, fl-dev-0123456789abc] }",
    );
    expect(config.listen).toEqual({ host: "::1", port: 0 });
    expect(config.upstreams[0]).toMatchObject({
      base_url: "https://llm.example/claude",
      api_key: "sk-ant-from-a-file-0001",
      ca: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
      timeouts: { head: 90_000, idle: 1_500 },
    });
    expect(config.upstreams[0]).not.toHaveProperty("ca_file");
    expect(config.upstreams[1]).toMatchObject({ auth: "bearer", proxyUrl: "http://u:p@proxy:3128/" });
    expect(config.models[0]?.upstreams).toEqual([{ upstream: "other" }, { upstream: "main", model: "small" }]);
    expect(config.models[0]?.balance).toEqual({ mode: "spread", pin: 3_600_000 });
    expect(config.models[1]).not.toHaveProperty("balance");
    expect(config.balance).toMatchObject({ mode: "order", pin: 300_000 });
    expect(config.limits).toMatchObject({ body_bytes: 8_388_608, header_bytes: 16_384 });
    expect(config.retry.attempts).toBe(3);
    expect(config.projects[0]?.keys).toEqual(["first-key-0123456789", "second-key-123456789", "fl-dev-0123456789abc"]);
  });

  it("takes ${NAME} inside text that is no secret, and merges YAML anchors", () => {
    const { config } = readConfig(
      [
        "base: &b".replace("base: &b", "upstreams:"),
        '  - &b { name: one, provider: anthropic, base_url: "https://${HOST}", api_key: "${KEY}" }',
        "  - { <<: *b, name: two }",
        PROJECT,
      ].join("\n"),
      "x.yaml",
      { ...ENV, HOST: "eu.example" },
    );
    expect(config.upstreams.map((one) => `${one.name} ${one.base_url}`)).toEqual([
      "one https://eu.example",
      "two https://eu.example",
    ]);
  });
});

describe("problems", () => {
  it.each<[string, string[], string[], string]>([
    ["bad syntax", ["upstreams: [", "a: b"], ["2:1 syntax"], "not valid YAML"],
    ["a key twice", [UPSTREAM, PROJECT, "log: {}", "log: {}"], ["4:1 syntax"], "stands here twice"],
    [
      "no address",
      ["listen: x", UPSTREAM, "projects: [{ name: a, keys: [fl-dev-0] }]"],
      ["1:9 wrong_value listen"],
      "",
    ],
    ["nothing at all", [""], ["1:1 missing upstreams", "1:1 missing projects"], "add `upstreams: "],
    [
      "a rule that would remember a number of conversations of its own",
      [UPSTREAM, PROJECT, 'models: [{ match: "*", upstreams: [main], balance: { pins: 5 } }]'],
      ["3:54 unknown_key models[0].balance.pins"],
      "pin",
    ],
    ["an unknown key", [UPSTREAM, PROJECT, "timeout: {}"], ["3:1 unknown_key timeout"], "did you mean timeouts?"],
    ["a far-off key", [UPSTREAM, PROJECT, "log: { xyz: 1 }"], ["3:8 unknown_key log.xyz"], "may stand here: requests"],
    [
      "an unknown option",
      [UPSTREAM, PROJECT, "retry:", "  atempts: 2"],
      ["4:3 unknown_key retry.atempts"],
      "attempts?",
    ],
    [
      "a time that is none",
      [UPSTREAM, PROJECT, "timeouts: { head: soon }"],
      ["3:19 wrong_value timeouts.head"],
      "500ms",
    ],
    ["a time too long", [UPSTREAM, PROJECT, "stream: { ping: 5m }"], ["3:17 wrong_value stream.ping"], "from 1s to 4m"],
    [
      "a size that is none",
      [UPSTREAM, PROJECT, "limits: { body_bytes: 9XB }"],
      ["3:23 wrong_value limits.body_bytes"],
      "32MB; got",
    ],
    [
      "a number too big",
      [UPSTREAM, PROJECT, "retry: { attempts: 99 }"],
      ["3:20 wrong_value retry.attempts"],
      "1 to 10",
    ],
    [
      "a wrong word",
      [UPSTREAM, PROJECT, "recover: { hold: wole }"],
      ["3:18 wrong_value recover.hold"],
      "did you mean whole?",
    ],
    [
      "a block that is a list",
      [UPSTREAM, PROJECT, "retry: []"],
      ["3:8 wrong_value retry"],
      "must be a block of keys; got a list",
    ],
    [
      "a switch that is none",
      [UPSTREAM, PROJECT, "log: { requests: 3 }"],
      ["3:18 wrong_value log.requests"],
      "true or false",
    ],
    [
      "a port out of range",
      [UPSTREAM, PROJECT, "listen: 127.0.0.1:70000"],
      ["3:9 wrong_value listen"],
      "from 0 to 65535",
    ],
    ["no port", [UPSTREAM, PROJECT, "admin: localhost"], ["3:8 wrong_value admin"], "host:port"],
    ["one port twice", [UPSTREAM, PROJECT, "admin: 127.0.0.1:4100"], ["3:8 same_port admin"], "give each its own"],
    ["no project", [UPSTREAM], ["1:1 missing projects"], "who may call"],
    [
      "no key",
      [UPSTREAM, "projects: [{ name: a, keys: [] }]"],
      ["2:29 wrong_value projects[0].keys"],
      "at least one key",
    ],
    [
      "open without keys",
      [UPSTREAM, "listen: 0.0.0.0:80"],
      ["1:1 missing projects", "2:9 no_keys listen"],
      "listen on 127.0.0.1:80",
    ],
    [
      "two upstreams of a name",
      [
        "upstreams:",
        `  - { name: a, provider: anthropic, api_key: "\${KEY}" }`,
        `  - { name: a, provider: anthropic, api_key: "\${KEY}" }`,
        PROJECT,
      ],
      ["3:13 duplicate upstreams[1].name"],
      "another upstream",
    ],
    [
      "a later provider",
      ["upstreams: [{ name: t, provider: bedrock, region: x }]", PROJECT],
      ["1:34 not_yet upstreams[0].provider"],
      "not in this version",
    ],
    [
      "an unknown provider",
      [`upstreams: [{ name: t, provider: antropic, api_key: "\${KEY}" }]`, PROJECT],
      ["1:34 wrong_value upstreams[0].provider"],
      "did you mean anthropic?",
    ],
    [
      "no provider",
      [`upstreams: [{ name: t, api_key: "\${KEY}" }]`, PROJECT],
      ["1:13 missing upstreams[0].provider"],
      "add `provider: anthropic`",
    ],
    [
      "no upstream key",
      ["upstreams: [{ name: t, provider: anthropic }]", PROJECT],
      ["1:13 missing upstreams[0].api_key"],
      "ANTHROPIC_API_KEY",
    ],
    [
      "a bad name",
      [`upstreams: [{ name: "a b", provider: anthropic, api_key: "\${KEY}" }]`, PROJECT],
      ["1:21 wrong_value upstreams[0].name"],
      "64 letters",
    ],
    [
      "an unknown upstream",
      [UPSTREAM, PROJECT, "models: [{ match: a, upstreams: [mein] }]"],
      ["3:34 unknown_upstream models[0].upstreams[0]"],
      "did you mean main?",
    ],
    [
      "an unknown upstream, long form",
      [UPSTREAM, PROJECT, "models: [{ match: a, upstreams: [{ upstream: x, model: 5 }] }]"],
      ["3:46 unknown_upstream models[0].upstreams[0].upstream", "3:56 wrong_value models[0].upstreams[0].model"],
      "upstreams are: main",
    ],
    [
      "an upstream that is a number",
      [UPSTREAM, PROJECT, "models: [{ match: a, upstreams: [5] }]"],
      ["3:34 wrong_value models[0].upstreams[0]"],
      "must be the name of an upstream",
    ],
    [
      "one rule twice",
      [
        UPSTREAM,
        PROJECT,
        "models:",
        "  - { match: a, upstreams: [main] }",
        "  - { match: a, upstreams: [main, main] }",
      ],
      ["5:14 duplicate models[1].match", "5:35 duplicate models[1].upstreams[1]"],
      "keep one",
    ],
  ])("%s", (_name, lines, at, says) => {
    const found = problems(...lines);
    expect(found.at).toEqual(at);
    expect(found.says).toContain(says);
  });

  it.each([
    ["sk-ant-in-the-file", "secret_plain", "plain text"],
    ["x${KEY}", "secret_plain", "plain text"],
    ["${NOT_SET}", "secret_unset", "NOT_SET is not set; set it before starting: export NOT_SET="],
    ["${EMPTY}", "secret_unset", "EMPTY is empty"],
    ["file:./none.key", "secret_file", "is not there"],
    ["file:./empty.key", "secret_file", "holds no key"],
    ["file:./many.key", "secret_file", "holds 2 lines"],
    ["file:./blank.key", "secret_form", "holds blanks"],
    ["file:.", "secret_file", "is a folder"],
    ["file:", "secret_file", "names no file"],
  ])("api_key %s", (key, code, says) => {
    const found = problems("upstreams:", "  - name: a", "    provider: anthropic", `    api_key: "${key}"`, PROJECT);
    expect(found.at).toEqual([`4:14 ${code} upstreams[0].api_key`]);
    expect(found.says).toContain(says);
  });

  it("a key of two projects, and plain keys on an open address", () => {
    const twice = problems(
      UPSTREAM,
      "projects:",
      `  - { name: a, keys: ["\${WEB}"] }`,
      `  - { name: b, keys: ["\${WEB}"] }`,
    );
    expect(twice.at).toEqual(["4:23 duplicate projects[1].keys[0]"]);
    const open = problems("listen: 0.0.0.0:4100", UPSTREAM, "projects: [{ name: a, keys: [fl-dev-0123456789] }]");
    expect(open.at).toEqual(["3:30 secret_plain projects[0].keys[0]"]);
    expect(open.says).toContain("for a gateway on 127.0.0.1");
  });

  it("certificates that are not there, are none, or lack their key; proxies that cannot be used", () => {
    const found = problems(
      "upstreams:",
      "  - name: a",
      "    provider: anthropic",
      '    api_key: "${KEY}"',
      "    ca_file: ./none.pem",
      "    client_cert_file: ./one.key",
      "    proxy: socks5://localhost:1080",
      PROJECT,
    );
    expect(found.at).toEqual([
      "5:14 file upstreams[0].ca_file",
      "6:23 missing upstreams[0].client_cert_file",
      "6:23 file upstreams[0].client_cert_file",
      "7:12 proxy upstreams[0].proxy",
    ]);
    expect(found.says).toContain("socks5 proxies are not supported");
    expect(found.says).toContain("needs client_key_file beside it");
  });

  it("an unset variable in other text", () => {
    expect(problems(UPSTREAM, PROJECT, 'listen: "${LISTEN}"').at).toEqual(["3:9 secret_unset listen"]);
  });

  it("reports all at once, in the order of the file", () => {
    const found = problems(
      "lisen: x",
      `upstreams: [{ name: a, provider: anthropic, api_key: plain }]`,
      "retry: { attempts: 0 }",
      "log: 3",
    );
    expect(found.at).toEqual([
      "1:1 missing projects",
      "1:1 unknown_key lisen",
      "2:54 secret_plain upstreams[0].api_key",
      "3:20 wrong_value retry.attempts",
      "4:6 wrong_value log",
    ]);
  });

  it("a file that is not there", () => {
    expect(() => loadConfig(join(folder, "nope.yaml"), {})).toThrow(/nope\.yaml:1:1 there is no such file; make it/);
  });
});

describe("warnings", () => {
  it("says what works but is hardly meant", () => {
    const { warnings } = load(
      "admin: 0.0.0.0:4101",
      "upstreams:",
      '  - { name: a, provider: anthropic, api_key: "${KEY}", base_url: "http://10.0.0.1" }',
      '  - { name: b, provider: anthropic, api_key: "${KEY}" }',
      'models: [{ match: "*", upstreams: [a] }, { match: claude, upstreams: [a] }]',
      "projects: [{ name: p, keys: [fl-dev-x] }]",
    );
    expect(warnings.map((one) => `${one.line}:${one.column} ${one.code} ${one.path}`)).toEqual([
      "1:8 open_admin admin",
      "3:66 plain_http upstreams[0].base_url",
      "4:13 unused upstreams[1].name",
      "5:42 unused models[1]",
      "6:30 short_key projects[0].keys[0]",
    ]);
  });
});
