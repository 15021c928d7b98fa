// The proxy's probes and rules together, against real proxies on this machine that fail in every known way.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { systemRuntime } from "@fairlead/runtime";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { fakeMachine, type Parts } from "../../testing/fake-machine.ts";
import { sampleContext } from "../../testing/sample.ts";
import { type TestPki, testPki } from "../../testing/tls-pki.ts";
import type { ClientName, Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import { envProxy } from "../probes/env-proxy.ts";
import { proxyTls } from "../probes/proxy-tls.ts";
import { proxyTunnel } from "../probes/proxy-tunnel.ts";
import { proxyUnused } from "../probes/proxy-unused.ts";
import { tcpConnect } from "../probes/tcp-connect.ts";
import { LANGUAGES } from "../words.ts";
import { PROXY_LOGIN_RULES } from "./proxy-login.ts";
import { PROXY_PORT_RULES } from "./proxy-port.ts";
import { PROXY_PROTOCOL_RULES } from "./proxy-protocol.ts";
import { PROXY_REFUSAL_RULES } from "./proxy-refusals.ts";
import { PROXY_SETTING_RULES } from "./proxy-settings.ts";
import { PROXY_UNUSED_RULES } from "./proxy-unused.ts";
import { PROXY_VALUE_RULES } from "./proxy-values.ts";

// No name leaves this machine.
vi.mock("../wire/system-lookup.ts", () => {
  const unknown = () => Promise.resolve({ addresses: [], error: "ENOTFOUND", ms: 0 });
  return { systemLookup: unknown, lookupName: unknown };
});

const RULES = [
  ...PROXY_VALUE_RULES,
  ...PROXY_SETTING_RULES,
  ...PROXY_UNUSED_RULES,
  ...PROXY_PORT_RULES,
  ...PROXY_PROTOCOL_RULES,
  ...PROXY_LOGIN_RULES,
  ...PROXY_REFUSAL_RULES,
];
const PASSWORD = "s3cret-w0rd-of-alice";
const OK = "HTTP/1.1 200 Connection established\r\n\r\n";

const servers: Server[] = [];
const sockets = new Set<Socket>();
let pki: TestPki;
let origin = 0;

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

beforeAll(async () => {
  pki = testPki();
  origin = await listen(
    createTlsServer({ cert: pki.leaf, key: pki.key }, (socket) => void socket.on("error", () => {})),
  );
});

afterAll(() => {
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

type Answer = (host: string, head: string) => string | ((client: Socket) => void);

function serve(answer: Answer): (client: Socket) => void {
  return (client) => {
    client.on("error", () => {});
    client.once("data", (bytes) => {
      const head = bytes.toString("latin1");
      const said = answer(/^CONNECT ([^:]+):/.exec(head)?.[1] ?? "", head);
      if (typeof said === "string") client.end(said);
      else said(client);
    });
  };
}

/** A proxy on a port of its own. */
function proxy(answer: Answer): Promise<number> {
  return listen(createServer(serve(answer)));
}

/** Opens a real tunnel to the origin of these tests, whatever was asked for. */
function work(client: Socket): void {
  const far = connect(origin, "127.0.0.1");
  far.on("error", () => client.destroy());
  client.on("close", () => far.destroy());
  client.write(OK);
  client.pipe(far).pipe(client);
}

async function examine(
  env: { readonly [name: string]: string },
  more: { readonly as?: ClientName; readonly parts?: Parts; readonly direct?: Facts } = {},
): Promise<{ ctx: Context; facts: Facts; found: readonly Finding[]; codes: readonly string[] }> {
  const machine = fakeMachine({
    ...more.parts,
    env: { ANTHROPIC_API_KEY: "sk-ant-api03-0123456789abcdef0123", ...env },
  });
  const sample = await sampleContext(machine, "en", { as: more.as ?? "claude-code", publicRoots: pki.root });
  const rt = systemRuntime();
  const ctx: Context = { ...sample, rt, wire: { ...sample.wire, rt } };
  const decision = ctx.environment.proxyFor(ctx.target.url);
  const facts: Facts = { ...more.direct };
  if (decision.use === "proxy")
    facts["dns.lookup"] = {
      host: decision.proxy.host,
      of: "proxy",
      literal: true,
      ms: 0,
      addresses: [{ address: "127.0.0.1", family: 4, class: "loopback" }],
      by: "address",
      late: false,
      hostsFile: [],
      hostsPath: "/etc/hosts",
    };
  for (const probe of [envProxy, tcpConnect, proxyTls, proxyTunnel, proxyUnused]) {
    if (probe.skip?.(ctx, facts) !== undefined) continue;
    const { facts: seen } = await probe.run(ctx, facts);
    if (seen !== undefined) (facts as { [id: string]: unknown })[probe.id] = seen;
  }
  const matched = RULES.flatMap((rule): Finding[] => {
    const match = rule.match(facts, ctx);
    return match === undefined ? [] : [{ ...match, rule, severity: match.severity ?? rule.severity }];
  });
  const found = matched.filter(
    ({ rule }) => !(rule.yieldsTo ?? []).some((code) => matched.some((one) => one.rule.code === code)),
  );
  return {
    ctx,
    facts,
    found,
    codes: found.filter(({ severity }) => severity === "error").map(({ rule }) => rule.code),
  };
}

const at = (port: number, scheme = "http") => ({ HTTPS_PROXY: `${scheme}://127.0.0.1:${port}` });
const refusal = (status: string, ...headers: string[]) =>
  [`HTTP/1.1 ${status}`, ...headers, "Content-Length: 0", "", ""].join("\r\n");
const API = "api.anthropic.com";

describe("a proxy that answers", () => {
  it("is no fault when the tunnel stands", async () => {
    const { found, facts } = await examine(at(await proxy(() => work)));
    expect(found).toEqual([]);
    expect(facts["proxy.tunnel"]).toMatchObject({ target: { ok: true, phase: "done" } });
  });

  const everywhere =
    (text: string): Answer =>
    () =>
      text;
  it.each<[string, Answer, string]>([
    [
      "407 without a password",
      everywhere(refusal("407 x", 'Proxy-Authenticate: Basic realm="r"')),
      "PROXY_AUTH_REQUIRED",
    ],
    [
      "407 for NTLM only",
      everywhere(refusal("407 x", "Proxy-Authenticate: NTLM", "Proxy-Authenticate: Negotiate")),
      "PROXY_AUTH_SCHEME",
    ],
    [
      "403 for this host",
      (host) => (host === API ? refusal("403 Forbidden", "X-Squid-Error: ERR_ACCESS_DENIED 0") : work),
      "PROXY_DENIES_HOST",
    ],
    ["403 for all", everywhere(refusal("403 Forbidden")), "PROXY_DENIES_ALL"],
    ["502", everywhere(refusal("502 Bad Gateway")), "PROXY_UPSTREAM_FAILS"],
    ["503 of squid", everywhere(refusal("503 x", "X-Squid-Error: ERR_DNS_FAIL 0")), "PROXY_UPSTREAM_FAILS"],
    ["a redirect", everywhere(refusal("302 Found", "Location: http://portal.test/")), "PROXY_REFUSES"],
    ["SOCKS", () => (client) => void client.end(Buffer.from([5, 255])), "PROXY_IS_SOCKS"],
    ["SSH", everywhere("SSH-2.0-OpenSSH_9.2\r\n"), "PROXY_NOT_A_PROXY"],
    ["a close", () => (client) => void client.destroy(), "PROXY_CLOSES"],
    ["200 and JSON", () => (client) => void client.write(`${OK}{"a":1}`), "PROXY_FAKE_TUNNEL"],
    [
      "200 and nothing behind",
      () => (client) => {
        client.write(OK);
        client.once("data", () => client.destroy());
      },
      "PROXY_TUNNEL_DEAD",
    ],
  ])("%s", async (_about, answer, code) => {
    const { codes, found } = await examine(at(await proxy(answer)));
    expect(codes).toEqual([code]);
    for (const { fix, evidence, title } of found) {
      expect(evidence.length).toBeGreaterThan(0);
      for (const language of LANGUAGES) expect(title[language]).toMatch(/\S/);
      expect(fix.length).toBeGreaterThan(0);
    }
  });

  it("never: silence, within the time for a quick look", async () => {
    const began = performance.now();
    const { codes } = await examine(at(await proxy(() => () => {})));
    expect(codes).toEqual(["PROXY_SILENT"]);
    expect(performance.now() - began).toBeLessThan(7_000);
  });

  it("answers in TLS only", async () => {
    const port = await listen(
      createTlsServer(
        { cert: pki.leaf, key: pki.key },
        serve(() => work),
      ),
    );
    const { codes, found } = await examine(at(port));
    expect(codes).toEqual(["PROXY_WANTS_TLS"]);
    expect(found[0]?.fix[0]?.commands[0]).toBe(`export HTTPS_PROXY=https://127.0.0.1:${port}`);
  });

  it("speaks plain HTTP where https:// is set, at once or after a wait", async () => {
    const quick = await proxy((_host, head) =>
      head.startsWith("CONNECT") || head.startsWith("OPTIONS") ? refusal("400 x") : refusal("400 Bad Request"),
    );
    expect((await examine(at(quick, "https"))).codes).toEqual(["PROXY_TLS_ON_PLAIN"]);
    const waiting = await proxy((_host, head) => (head.startsWith("OPTIONS") ? refusal("400 x") : () => {}));
    const { codes, found } = await examine(at(waiting, "https"));
    expect(codes).toEqual(["PROXY_TLS_ON_PLAIN"]);
    expect(found[0]?.fix[0]?.commands[0]).toBe(`export HTTPS_PROXY=http://127.0.0.1:${waiting}`);
  });

  it("has a certificate of its own that holds, or does not; the password waits for one that does", async () => {
    const heads: string[] = [];
    const answer: Answer = (_host, head) => {
      heads.push(head);
      return work;
    };
    const good = await listen(createTlsServer({ cert: pki.leaf + pki.intermediate, key: pki.key }, serve(answer)));
    const bad = await listen(createTlsServer({ cert: pki.inspected, key: pki.key }, serve(answer)));
    const url = (port: number) => ({ HTTPS_PROXY: `https://alice:${PASSWORD}@127.0.0.1:${port}` });
    const whole = await examine(url(good));
    expect(whole.codes).toEqual([]);
    expect(heads[0]).toContain("Proxy-Authorization: Basic ");
    heads.length = 0;
    const { codes, facts } = await examine(url(bad));
    expect(codes).toEqual(["PROXY_CERT_UNTRUSTED"]);
    expect(facts["proxy.tunnel"]?.target).toMatchObject({ ok: false, phase: "proxy-tls" });
    expect(heads).toEqual([]);
  });

  it("refuses a password, and no password is in anything that is kept", async () => {
    const port = await proxy(() => refusal("407 x", 'Proxy-Authenticate: Basic realm="r"'));
    const { codes, found, facts } = await examine({ HTTPS_PROXY: `http://alice:${PASSWORD}@127.0.0.1:${port}` });
    expect(codes).toEqual(["PROXY_AUTH_WRONG"]);
    expect(facts["proxy.tunnel"]).toMatchObject({
      target: { sentCredentials: true },
      bare: { sentCredentials: false },
    });
    const kept = JSON.stringify([facts, found]);
    expect(kept).not.toContain(PASSWORD);
    expect(kept).not.toContain(Buffer.from(`alice:${PASSWORD}`).toString("base64"));
  });

  it("opens tunnels to port 443 only", async () => {
    const port = await proxy((_host, head) => (/^CONNECT [^ ]+:443 /.test(head) ? work : refusal("403 Forbidden")));
    const { codes } = await examine({ ...at(port), ANTHROPIC_BASE_URL: "https://gate.test:8443" });
    expect(codes).toEqual(["PROXY_DENIES_PORT"]);
  });

  it("does not pass on a local address, which is open past it", async () => {
    const gateway = await listen(
      createServer((socket) => void socket.on("data", () => socket.end("HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n"))),
    );
    const heads: string[] = [];
    const port = await proxy((_host, head) => {
      heads.push(head.split("\r\n")[0] ?? "");
      return refusal("503 Service Unavailable");
    });
    const { codes, found } = await examine({
      http_proxy: `http://127.0.0.1:${port}`,
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${gateway}`,
    });
    expect(codes).toEqual(["PROXY_LOOPBACK_THROUGH"]);
    expect(found.find(({ rule }) => rule.code === "PROXY_LOOPBACK_THROUGH")?.fix[0]?.commands).toEqual([
      "export NO_PROXY=localhost,127.0.0.1,::1",
    ]);
    expect(heads[0]).toBe(`GET http://127.0.0.1:${gateway}/ HTTP/1.1`);
  });
});

describe("a proxy that is not there, or not used", () => {
  it("does not listen", async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { codes, found } = await examine(at(port));
    expect(codes).toEqual(["PROXY_UNREACHABLE"]);
    expect(found[0]?.title.en).toBe(`No proxy runs at 127.0.0.1:${port}`);
    expect(found[0]?.fix.map(({ commands }) => commands[0])).toEqual(["ss -ltnp", "unset HTTPS_PROXY"]);
  });

  const dead: Facts = {
    "tcp.connect": {
      to: "target",
      connects: [{ address: "160.79.104.10", port: 443, family: 4, ok: false, ms: 3_500, error: "TIMEOUT" }],
    },
  };

  it("would get through where the direct way does not: Node does not read the variable", async () => {
    const port = await proxy(() => work);
    const { codes, found } = await examine(at(port), { as: "node", direct: dead });
    expect(codes).toContain("PROXY_NOT_USED");
    const used = found.find(({ rule }) => rule.code === "PROXY_NOT_USED");
    expect(used?.fix[0]?.commands).toEqual(["export NODE_USE_ENV_PROXY=1"]);
    expect(found.some(({ rule }) => rule.code === "PROXY_NOT_READ")).toBe(false);
  });

  it("is no fault while the direct way stands", async () => {
    const whole: Facts = {
      "tcp.connect": {
        to: "target",
        connects: [{ address: "160.79.104.10", port: 443, family: 4, ok: true, ms: 9 }],
        best: "160.79.104.10",
      },
    };
    const { found } = await examine(at(await proxy(() => work)), { as: "node", direct: whole });
    expect(found.map(({ rule, severity }) => `${rule.code} ${severity}`)).toEqual(["PROXY_NOT_READ info"]);
  });
});

describe("settings", () => {
  it.each<[string, { readonly [name: string]: string }, ClientName, string, string]>([
    [
      "no scheme",
      { HTTPS_PROXY: "127.0.0.1:9" },
      "claude-code",
      "PROXY_SCHEME_MISSING",
      "export HTTPS_PROXY=http://127.0.0.1:9",
    ],
    ["SOCKS", { HTTPS_PROXY: "socks5://127.0.0.1:9" }, "claude-code", "PROXY_SOCKS_UNSUPPORTED", ""],
    [
      "a hash in the password",
      { HTTPS_PROXY: "http://alice:pa#ss@127.0.0.1:9" },
      "claude-code",
      "PROXY_PASSWORD_UNENCODED",
      "IFS= read -rs P",
    ],
    ["a full-width colon", { HTTPS_PROXY: "http://127.0.0.1\uff1a99999" }, "claude-code", "PROXY_UNPARSABLE", ""],
  ])("%s", async (_about, env, as, code, command) => {
    const { codes, found, facts } = await examine(env, { as });
    expect(codes).toEqual([code]);
    if (command !== "") expect(found[0]?.fix[0]?.commands[0]).toBe(command);
    expect(JSON.stringify([found, facts])).not.toContain("pa#ss");
  });

  it("are put right in the settings file that holds them", async () => {
    const path = "/home/mallory/.claude/settings.json";
    const text = '{\n  "env": {\n    "HTTPS_PROXY": "127.0.0.1:9"\n  }\n}\n';
    const { found } = await examine({}, { parts: { files: { [path]: text } } });
    const edit = found[0]?.fix[0]?.edit;
    expect(edit?.path).toBe(path);
    expect(edit?.change(text)).toBe(text.replace("127.0.0.1:9", "http://127.0.0.1:9"));
  });

  it("name the host in a grammar that the program does not know", async () => {
    const env = {
      ...at(await proxy(() => refusal("403 x"))),
      ANTHROPIC_BASE_URL: "https://gate.corp.test",
      NO_PROXY: "localhost,*.corp.test",
    };
    const seen = await examine(env, { as: "curl" });
    const lint = seen.facts["env.proxy"]?.lints.find(({ problem }) => problem === "no-proxy-grammar");
    expect(lint?.detail).toMatchObject({ entry: "*.corp.test", understoodBy: "claude-code, node 24, node 22" });
    expect(seen.found.find(({ rule }) => rule.code === "PROXY_NO_PROXY_GRAMMAR")?.fix[0]?.commands).toEqual([
      "export NO_PROXY='localhost,*.corp.test,gate.corp.test'",
    ]);
    expect((await examine(env, { as: "claude-code" })).found).toEqual([]);
  });

  it("contradict each other: told, no fault", async () => {
    const { found } = await examine({
      https_proxy: `http://127.0.0.1:${await proxy(() => work)}`,
      HTTPS_PROXY: "http://old.test:1",
    });
    expect(found.map(({ rule, severity }) => `${rule.code} ${severity}`)).toEqual(["PROXY_CONFLICT info"]);
  });
});
