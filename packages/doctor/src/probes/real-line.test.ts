// The probes of streams, idle connections, distances and the route, over real sockets on this machine.

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { Context, Options } from "../context.ts";
import type { Facts } from "../facts.ts";
import type { Machine } from "../machine.ts";
import { RULES } from "../rules/index.ts";
import { Secret } from "../secret.ts";
import type { WireEvent } from "../wire/wire.ts";
import { longRegions } from "./long-regions.ts";
import { longSoak } from "./long-soak.ts";
import { streamingAnswer } from "./streaming-answer.ts";
import { tcpRoute } from "./tcp-route.ts";

const KEY = "sk-ant-api03-only-for-this-test";
const servers: Server[] = [];
const overs: AbortController[] = [];
afterEach(async () => {
  for (const over of overs.splice(0)) over.abort();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function stage(
  listener: RequestListener,
  more: { options?: Partial<Options>; machine?: Partial<Machine>; idleMs?: number } = {},
) {
  const server = createServer(listener);
  server.keepAliveTimeout = more.idleMs ?? 60_000;
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}`);
  const over = new AbortController();
  overs.push(over);
  const events: WireEvent[] = [];
  let connections = 0;
  const rt = systemRuntime();
  const ctx = {
    rt,
    options: { deep: true, external: false, spend: true, soakSeconds: 0, language: "en", ...more.options },
    machine: { platform: "linux", ...more.machine },
    environment: {
      client: "node",
      credentials: [{ header: "x-api-key", kind: "api-key", secret: new Secret(KEY) }],
      variables: new Map(),
      value: (name: string) => (name === "ANTHROPIC_BASE_URL" ? url.href : undefined),
      proxyFor: () => ({ use: "direct", why: "none-set" }),
    },
    target: { platform: "custom", url, host: "127.0.0.1", port, tls: false, official: false },
    wire: {
      rt,
      signal: over.signal,
      nextConnection: () => ++connections,
      record: (event: WireEvent) => events.push(event),
    },
  } as unknown as Context;
  const facts: Facts = {
    "tcp.connect": {
      to: "target",
      connects: [{ address: "127.0.0.1", port, family: 4, ok: true, ms: 1 }],
      best: "127.0.0.1",
    } as NonNullable<Facts["tcp.connect"]>,
    "http.hello": { exchanges: [{ status: 404 }] } as unknown as NonNullable<Facts["http.hello"]>,
  };
  return { ctx, facts, events, port };
}

const codes = (facts: Facts, ctx: Context) =>
  RULES.filter(({ code }) => /^(?:STREAM|LONG)_/.test(code))
    .filter((rule) => rule.match(facts, ctx))
    .map(({ code }) => code);

const frame = (type: string) => `event: ${type}\ndata: {"type":"${type}","text":"some words"}\n\n`;
const FRAMES = ["message_start", ...Array.from({ length: 20 }, () => "content_block_delta"), "message_stop"].map(frame);

/** Writes the frames so many milliseconds apart. */
const steady =
  (everyMs: number, asked: { headers: NodeJS.Dict<string | string[]>; body: string }[] = []): RequestListener =>
  (req, res) => {
    let body = "";
    req.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    req.on("end", () => {
      asked.push({ headers: req.headers, body });
      res.writeHead(200, { "content-type": "text/event-stream", server: "nginx/1.22" });
      res.flushHeaders();
      FRAMES.forEach((text, i) => {
        setTimeout(() => (i === FRAMES.length - 1 ? res.end(text) : res.write(text)), 50 + i * everyMs);
      });
    });
  };

describe("streaming.answer", () => {
  it("streams twice, plain and compressed, and finds nothing in a stream that is whole", async () => {
    const asked: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
    const { ctx, facts, events } = await stage(steady(40, asked));
    const looked = await streamingAnswer.run(ctx, facts);
    expect(looked.status).toBe("pass");
    const streams = looked.facts?.streams ?? [];
    expect(streams.map(({ encoding, events, ending, eventLines }) => [encoding, events, ending, eventLines])).toEqual([
      ["identity", 22, "whole", true],
      ["gzip", 22, "whole", true],
    ]);
    expect(streams[0]?.lastMs).toBeGreaterThan(700);
    expect(asked.map(({ headers }) => headers["accept-encoding"])).toEqual(["identity", "gzip"]);
    for (const { headers, body } of asked) {
      expect(headers["x-api-key"]).toBe(KEY);
      expect(JSON.parse(body)).toMatchObject({ stream: true, max_tokens: 150 });
    }
    expect(codes({ ...facts, "streaming.answer": looked.facts as NonNullable<typeof looked.facts> }, ctx)).toEqual([]);
    expect(JSON.stringify([looked, events])).not.toContain("only-for-this-test");
  });

  it("looks again, unstreamed, at what came all at once, and names the proxy that named itself first", async () => {
    const bodies: string[] = [];
    const { ctx, facts } = await stage((req, res) => {
      req.on("data", (piece: Buffer) => bodies.push(piece.toString()));
      req.on("end", () =>
        setTimeout(() => {
          const streamed = bodies.at(-1)?.includes('"stream":true') === true;
          res.writeHead(200, {
            "content-type": streamed ? "text/event-stream" : "application/json",
            server: "nginx/1.22",
          });
          res.end(streamed ? FRAMES.join("") : "{}");
        }, 900),
      );
    });
    const looked = await streamingAnswer.run(ctx, facts);
    expect(bodies.map((body) => (JSON.parse(body) as { stream: boolean }).stream)).toEqual([true, true, false]);
    expect(looked.status).toBe("fail");
    const all = { ...facts, "streaming.answer": looked.facts as NonNullable<typeof looked.facts> };
    expect(looked.facts?.unstreamedMs).toBeGreaterThan(850);
    expect(codes(all, ctx)).toEqual(["STREAM_BUFFERED_WHOLE"]);
    const match = RULES.find(({ code }) => code === "STREAM_BUFFERED_WHOLE")?.match(all, ctx);
    expect(match?.confidence).toBeGreaterThan(0.9);
    expect(match?.fix[0]?.commands.join("\n")).toContain("proxy_buffering off;");
  });

  it("costs nothing unless that was asked for, and sends no key where none may go", async () => {
    const { ctx, facts } = await stage(steady(1));
    const skip = (context: Context, seen: Facts = facts) => streamingAnswer.skip?.(context, seen)?.en;
    expect(skip(ctx)).toBeUndefined();
    expect(skip({ ...ctx, options: { ...ctx.options, spend: false } })).toMatch(/--spend: about 300 tokens/);
    expect(skip({ ...ctx, target: { ...ctx.target, platform: "bedrock" } })).toMatch(/Bedrock/);
    const elsewhere = { ...ctx.target, host: "relay.example", url: new URL("http://relay.example") };
    expect(skip({ ...ctx, target: elsewhere })).toBeDefined();
    const tls = { ...ctx.target, tls: true, url: new URL("https://127.0.0.1") };
    expect(skip({ ...ctx, target: tls })).toBeDefined();
    expect(skip({ ...ctx, environment: { ...ctx.environment, credentials: [] } })).toMatch(/no credential/);
    const refused = { exchange: { status: 401 } } as NonNullable<Facts["credentials.accepted"]>;
    expect(skip(ctx, { ...facts, "credentials.accepted": refused })).toBeDefined();
  });
});

describe("long.soak", () => {
  it("sees connections that live, and those that the far end closes, with the time", async () => {
    const { ctx, facts } = await stage((_, res) => res.writeHead(404).end(), {
      idleMs: 500,
      options: { soakSeconds: 2 },
    });
    const looked = await longSoak.run(ctx, facts);
    const plain = looked.facts?.soaks.filter(({ keepAlive }) => !keepAlive) ?? [];
    expect(plain.map(({ idleSeconds, outcome }) => [idleSeconds, outcome])).toEqual([
      [1, "answered"],
      [2, "fin"],
    ]);
    const closedMs = plain[1]?.ms ?? 0;
    // Newer Nodes wait one second longer than they say.
    expect(closedMs).toBeGreaterThan(400);
    expect(closedMs).toBeLessThan(1_900);
    expect(looked.facts?.longestAlive).toBe(1);
    expect(looked.facts?.shortestDead).toBeCloseTo(closedMs / 1_000, 3);
    expect(looked.status).toBe("warn");
    const all = { ...facts, "long.soak": looked.facts as NonNullable<typeof looked.facts> };
    expect(codes(all, ctx)).toEqual(["LONG_IDLE_FIN"]);
  });

  it("tells silence from a line that is down, and a reset from both", async () => {
    let deaf = false;
    let fresh = true;
    const served = new WeakSet<object>();
    const { ctx, facts } = await stage(
      (req, res) => {
        const again = served.has(req.socket);
        served.add(req.socket);
        if (again && deaf) return;
        if (!again && !fresh) return;
        if (again) req.socket.resetAndDestroy();
        else res.writeHead(404).end();
      },
      { options: { soakSeconds: 1 } },
    );
    expect((await longSoak.run(ctx, facts)).facts?.soaks[0]).toMatchObject({ outcome: "reset", error: "ECONNRESET" });
    deaf = true;
    const silent = await longSoak.run(ctx, facts);
    expect(silent.facts?.soaks[0]?.outcome).toBe("silent");
    expect(silent.status).toBe("fail");
    const run = longSoak.run(ctx, facts);
    setTimeout(() => {
      fresh = false;
    }, 700);
    const down = await run;
    expect(down.facts?.soaks[0]?.outcome).toBe("unknown");
    expect(codes({ ...facts, "long.soak": down.facts as NonNullable<typeof down.facts> }, ctx)).toEqual([]);
  });

  it("runs only when it is asked for", async () => {
    const { ctx, facts } = await stage((_, res) => res.end());
    expect(longSoak.skip?.(ctx, facts)?.en).toMatch(/--soak/);
    const soaked = { ...ctx, options: { ...ctx.options, soakSeconds: 8 } };
    expect(longSoak.skip?.(soaked, facts)).toBeUndefined();
    expect(longSoak.skip?.(soaked, {})).toBeDefined();
  });
});

describe("long.regions", () => {
  it("times five connects to the target, and counts those that fail", async () => {
    const { ctx, facts, port } = await stage((_, res) => res.end());
    const looked = await longRegions.run(ctx, facts);
    const [own] = looked.facts?.regions ?? [];
    expect(own).toMatchObject({ name: "IPv4", samples: 5, failed: 0 });
    expect(own?.minMs ?? 1e9).toBeLessThanOrEqual(own?.medianMs ?? 0);
    expect(own?.medianMs ?? 1e9).toBeLessThanOrEqual(own?.maxMs ?? 0);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    const dead = await longRegions.run(ctx, facts);
    expect(dead.facts?.regions).toEqual([
      { name: "IPv4", host: "127.0.0.1", samples: 2, failed: 2, error: "ECONNREFUSED" },
    ]);
    expect(dead.status).toBe("warn");
    expect(port).toBeGreaterThan(0);
  });
});

describe("tcp.route", () => {
  it("runs what is installed on the address that answered, and never fails", async () => {
    const ran: string[][] = [];
    const machine: Partial<Machine> = {
      platform: "linux",
      findCommand: (name) => (name === "mtr" ? undefined : `/usr/bin/${name}`),
      run: async (command, args) => {
        ran.push([command, ...args]);
        return command.endsWith("tracepath")
          ? { code: null, stdout: " 1:  127.0.0.1  0.1ms reached\n     Resume: pmtu 1400 hops 1 back 1\n", stderr: "" }
          : undefined;
      },
    };
    const { ctx, facts } = await stage((_, res) => res.end(), { machine });
    const looked = await tcpRoute.run(ctx, facts);
    expect(looked.status).toBe("pass");
    expect(looked.facts?.missing).toEqual(["traceroute", "mtr"]);
    expect(looked.facts?.tools).toMatchObject([{ tool: "tracepath", reached: true, pathMtu: 1400 }]);
    expect(looked.note.en).toContain("path MTU 1400");
    expect(ran.every((args) => args.at(-1) === "127.0.0.1")).toBe(true);
    const none = { ...ctx, machine: { ...ctx.machine, findCommand: () => undefined } };
    expect(tcpRoute.skip?.(none, facts)?.en).toMatch(/no route tool/);
  });
});
