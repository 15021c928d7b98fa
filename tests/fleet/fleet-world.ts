// Gateways that follow a file, in this process, before upstreams that say who answered with which key.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${NAME} is what the configuration file holds.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { startGateway } from "../watched-gateway.ts";

/** The key of the one project. */
export const KEY = "fl-dev-0123456789abcdef0123";

/** The key of the admin address. */
export const ADMIN_KEY = "fl-admin-fleet-0123456789abcdef0123456789";

/** An upstream that counts, and answers as it is told. */
export interface Upstream {
  readonly url: string;
  /** Keys of the requests so far, in order. */
  readonly keys: string[];
  /** What it does: an answer after so many milliseconds, or a status. */
  status: number;
  delayMs: number;
  /** Open connections. */
  connections(): number;
  close(): Promise<void>;
}

/** Starts one. */
export async function startUpstream(name: string): Promise<Upstream> {
  const keys: string[] = [];
  const sockets = new Set<unknown>();
  const server: Server = createServer((req, res) => {
    keys.push(String(req.headers["x-api-key"]));
    req.resume();
    req.on("end", () => {
      setTimeout(() => {
        const text =
          upstream.status === 200
            ? JSON.stringify({
                id: "msg_1",
                type: "message",
                role: "assistant",
                model: "claude-test",
                content: [{ type: "text", text: name }],
                stop_reason: "end_turn",
                usage: { input_tokens: 5, output_tokens: 3 },
              })
            : JSON.stringify({ type: "error", error: { type: "api_error", message: name } });
        res.writeHead(upstream.status, {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
        });
        res.end(text);
      }, upstream.delayMs);
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstream: Upstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    status: 200,
    delayMs: 0,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

/** A gateway that follows a file. */
export interface Followed {
  readonly gateway: Gateway;
  readonly file: string;
  readonly folder: string;
  /** Lines that it logged, parsed. */
  readonly log: Array<{ readonly event: string; readonly detail?: string }>;
  /** Writes the file, with the parts that every one needs. */
  write(yaml: string): void;
  /** Sends one request; gives the status and the words of the answer. */
  ask(session?: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Waits until the log holds an event so many times. */
  told(event: string, times?: number): Promise<string>;
  close(): Promise<void>;
}

/** YAML of an upstream. */
export function upstreamYaml(name: string, url: string, key = "${UPSTREAM_KEY}"): string {
  return `  - { name: ${name}, provider: anthropic, base_url: "${url}", api_key: "${key}", proxy: none }\n`;
}

const HEAD = `listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstore: "memory:"\nprojects: [{ name: web, keys: [${KEY}] }]\n`;

/** Starts one. `yaml`: the upstreams and whatever else; `stores`: its own, or shared with others. */
export async function startFollowed(yaml: string, doors: { readonly folder?: string } = {}): Promise<Followed> {
  const folder = doors.folder ?? mkdtempSync(join(tmpdir(), "fairlead-fleet-"));
  const file = join(folder, "fairlead.yaml");
  const write = (text: string) => writeFileSync(file, HEAD + text);
  write(yaml);
  const env = { UPSTREAM_KEY: "sk-ant-first-0123456789" };
  const { config, files, text } = readConfig(HEAD + yaml, file, env);
  const log: Followed["log"] = [];
  const gateway = await startGateway(config, systemRuntime(), {
    log: (lines) => {
      for (const line of lines.trimEnd().split("\n")) log.push(JSON.parse(line) as Followed["log"][number]);
    },
    adminKey: ADMIN_KEY,
    source: { file, env, text, files },
  });
  return {
    gateway,
    file,
    folder,
    log,
    write,
    async ask(session) {
      const answer = await fetch(`${gateway.url}/v1/messages`, {
        method: "POST",
        headers: {
          "x-api-key": KEY,
          "content-type": "application/json",
          ...(session === undefined ? {} : { "x-claude-code-session-id": session }),
        },
        body: '{"model":"claude-test","max_tokens":16,"messages":[{"role":"user","content":"Hi"}]}',
      });
      const body = (await answer.json()) as { content?: Array<{ text: string }>; error?: { message: string } };
      return { status: answer.status, text: body.content?.[0]?.text ?? body.error?.message ?? "" };
    },
    async told(event, times = 1) {
      const until = performance.now() + 10_000;
      for (;;) {
        const found = log.filter((line) => line.event === event);
        if (found.length >= times) return found[times - 1]?.detail ?? "";
        if (performance.now() > until) throw new Error(`no ${event} within 10 s: ${JSON.stringify(log.slice(-5))}`);
        await sleep(20);
      }
    },
    async close() {
      await gateway.close();
      if (doors.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
