// Incidents of other gateways that were about what a gateway does with a request, each played against this one.

import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { ConfigError, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const KEYS = { web: "fl-dev-incident-web-0123456789", other: "fl-dev-incident-other-0123456789" };
const UPSTREAM_KEY = "sk-ant-incident-0123456789abcdef";
const ADMIN_KEY = "fl-admin-incident-0123456789abcdef0123456789abcdef";

let upstream: Upstream;
let elsewhere: Upstream;
let gateway: Awaited<ReturnType<typeof startGateway>>;

beforeAll(async () => {
  // Answers with what it was asked, late by chance, so that answers overtake each other.
  upstream = await startUpstream((_req, res, body) => {
    const text = (JSON.parse(body.toString()) as { messages: { content: string }[] }).messages[0]?.content ?? "";
    const answer = {
      id: `msg_${text}`,
      type: "message",
      role: "assistant",
      model: "claude-test",
      content: [{ type: "text", text }],
    };
    setTimeout(
      () => {
        res.writeHead(200, { "content-type": "application/json" });
        res.end(JSON.stringify({ ...answer, stop_reason: "end_turn", usage: { input_tokens: 3, output_tokens: 2 } }));
      },
      Math.floor((text.length * 7919) % 40),
    );
  });
  elsewhere = await startUpstream();
  const text = [
    "listen: 127.0.0.1:0",
    "admin: 127.0.0.1:0",
    'store: "memory:"',
    "cache: { messages: asked }",
    `upstreams: [{ name: up, provider: anthropic, base_url: "${upstream.url}", api_key: "\${K}", proxy: none }]`,
    `projects: [{ name: web, keys: [${KEYS.web}] }, { name: other, keys: [${KEYS.other}] }]`,
  ].join("\n");
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { K: UPSTREAM_KEY });
  gateway = await startGateway(config, systemRuntime(), { adminKey: ADMIN_KEY, log() {} });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
  await elsewhere.close();
});
beforeEach(() => {
  upstream.clear();
  elsewhere.clear();
});

function ask(content: string, more: object = {}, headers: Record<string, string> = {}, key: string = KEYS.web) {
  return fetch(`${gateway.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "claude-test", max_tokens: 16, messages: [{ role: "user", content }], ...more }),
  });
}

function admin(path: string, init: RequestInit = {}) {
  return fetch(gateway.adminUrl + path, {
    ...init,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json", ...init.headers },
  });
}

describe("incidents", () => {
  it("CVE-2024-6587 (a caller names the upstream and gets its key): nothing in a request changes where it goes", async () => {
    const fields = { api_base: elsewhere.url, base_url: elsewhere.url, api_key: "x", custom_llm_provider: "openai" };
    const headers = {
      "x-api-base": elsewhere.url,
      "x-forwarded-host": new URL(elsewhere.url).host,
      "anthropic-base-url": elsewhere.url,
    };
    expect((await ask("where", fields, headers)).status).toBe(200);
    expect(upstream.received).toHaveLength(1);
    expect(elsewhere.raw).toHaveLength(0);
  });

  it("CVE-2026-42203 (templates evaluated on input): text with templates arrives as it was sent", async () => {
    const said = "{{7*7}} $" + "{7*7} <%= 7*7 %> #{7*7} {% raw %} %{7*7}";
    const answer = (await (await ask(said)).json()) as { content: { text: string }[] };
    expect(answer.content[0]?.text).toBe(said);
    expect(upstream.received[0]?.body.toString()).toContain(JSON.stringify(said));
    const project = await admin("/api/projects", {
      method: "POST",
      body: JSON.stringify({ name: "tpl", title: said }),
    });
    expect(await project.text()).toContain(JSON.stringify(said));
  });

  it.each([
    ["mcp", 'mcp: { command: "sh" }'],
    ["hooks", "hooks: [sh]"],
    ["upstreams[1].command", `  - { name: a, provider: anthropic, api_key: "\${K}", command: ["sh"] }`],
  ])("CVE-2026-42271 (an admin registers a command): a configuration has no place for one (%s)", (path, more) => {
    const upstreams = `upstreams:\n  - { name: up, provider: anthropic, api_key: "\${K}" }`;
    const text = `projects: [{ name: web, keys: ["\${W}"] }]\n${upstreams}\n${more}\n`;
    let problems: readonly { readonly path: string; readonly code: string }[] = [];
    try {
      readConfig(text, "/nowhere/fairlead.yaml", { K: UPSTREAM_KEY, W: KEYS.web });
    } catch (e) {
      if (ConfigError.is(e)) problems = e.problems;
    }
    expect(problems.map((one) => [one.path, one.code])).toEqual([[path, "unknown_key"]]);
  });

  it("CVE-2026-48710 (a Host header opens the admin side): another name is not served", async () => {
    const { hostname, port } = new URL(gateway.adminUrl);
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example"]) {
      const status = await new Promise<number>((resolve, reject) => {
        const req = httpRequest(
          { hostname, port, path: "/api/state", headers: { host, authorization: `Bearer ${ADMIN_KEY}` } },
          (res) => {
            res.resume();
            resolve(res.statusCode ?? 0);
          },
        );
        req.on("error", reject);
        req.end();
      });
      expect([400, 421], host).toContain(status);
    }
  });

  it("CVE-2026-35029 (settings changed without a role): a data key changes and reads nothing of others", async () => {
    for (const [method, path] of [
      ["POST", "/api/config/apply"],
      ["POST", "/api/projects"],
      ["POST", "/api/keys"],
      ["GET", "/api/audit"],
      ["GET", "/api/config"],
    ] as const) {
      const body = method === "POST" ? "{}" : null;
      const answer = await admin(path, { method, body, headers: { authorization: `Bearer ${KEYS.web}` } });
      expect([401, 403], `${method} ${path}`).toContain(answer.status);
    }
  });

  it("the takeover of CVE-2026-47101 put tool calls into answers: what is rewritten is always told, and here nothing is", async () => {
    const answer = await ask("as it is");
    expect(answer.headers.get("fairlead-rewritten")).toBe("none");
    const sent = await (
      await fetch(`${upstream.url}/v1/messages`, {
        method: "POST",
        body: upstream.received[0]?.body ?? "",
      })
    ).text();
    expect(await answer.text()).toBe(sent);
  });

  it("GHSA-h9ww-f95j-h54c (a cache shared by tenants): the same question of another project is asked anew", async () => {
    const fixed = { temperature: 0 };
    await (await ask("cached", fixed, { "fairlead-cache": "use" })).text();
    const own = await ask("cached", fixed, { "fairlead-cache": "use" });
    const other = await ask("cached", fixed, { "fairlead-cache": "use" }, KEYS.other);
    expect(own.headers.get("fairlead-cache")).toBe("hit");
    expect(other.headers.get("fairlead-cache")).toBe("miss");
    expect(upstream.received).toHaveLength(2);
  });

  it("answers crossed between customers (Kilo #14080): of 400 at once, over kept connections, each gets its own", async () => {
    const asks = Array.from({ length: 400 }, async (_, i) => {
      const project = i % 2 === 0 ? "web" : "other";
      const content = `${project}-${i}-${"x".repeat(i % 37)}`;
      const answer = (await (await ask(content, {}, {}, KEYS[project])).json()) as { content: { text: string }[] };
      return [content, answer.content[0]?.text] as const;
    });
    for (const [asked, got] of await Promise.all(asks)) expect(got).toBe(asked);
  });

  it("GHSA-84j6-jc92-77jm (replays of streams crossed sessions): no stream can be asked for by its name", async () => {
    for (const path of ["/v1/streams/req_fl_00000000000000000000", "/v1/streams/../messages", "/v1/streams"]) {
      const answer = await fetch(gateway.url + path, { headers: { "x-api-key": KEYS.web, "last-event-id": "1" } });
      expect([400, 404, 405], path).toContain(answer.status);
    }
    expect(upstream.received).toHaveLength(0);
  });

  it("the PyPI packages of March 2026 ran code when installed: no package here does, and each is pinned by its digest", () => {
    const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
      packages: { [path: string]: { hasInstallScript?: boolean; integrity?: string; link?: boolean; dev?: boolean } };
    };
    const installed = Object.entries(lock.packages).filter(
      ([path, one]) => path.includes("node_modules/") && one.link !== true,
    );
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter(([, one]) => one.integrity === undefined).map(([path]) => path)).toEqual([]);
    // npm runs the scripts of none: scripts/setup.mjs says --ignore-scripts, and a package that needs one is named here.
    expect(installed.filter(([, one]) => one.hasInstallScript === true).map(([path]) => path)).toEqual([]);
    expect(readFileSync(new URL("../../scripts/setup.mjs", import.meta.url), "utf8")).toContain('"--ignore-scripts"');
  });
});
