// The gateway as a process of its own, started as a user starts it, with its memory in view.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { keepEvidence, plantSecrets } from "../evidence.ts";
import { KEY, UPSTREAM_KEY } from "./world.ts";

/** A running gateway process. */
export interface GatewayProcess {
  readonly url: string;
  readonly adminUrl: string;
  /** Headers that open its admin address: its key is in a file of its own. */
  readonly admin: { readonly authorization: string };
  readonly pid: number;
  /** Everything it printed. */
  readonly printed: () => string;
  /** Resident memory now, bytes. */
  rss(): number;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Ends it if it still runs, and removes its files. */
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Starts `fairlead gateway` from source in front of `upstreamUrl`; `more` is further YAML. */
export async function startProcess(upstreamUrl: string, more = ""): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-sockets-"));
  const file = join(folder, "fairlead.yaml");
  writeFileSync(
    file,
    `listen: 127.0.0.1:0
admin: 127.0.0.1:0
upstreams:
  - { name: fake, provider: anthropic, base_url: "${upstreamUrl}", api_key: "\${UPSTREAM_KEY}", proxy: none }
store: "memory:"
projects:
  - { name: web, keys: [${KEY}] }
${more}`,
  );
  const child = spawn(
    process.execPath,
    ["--conditions=source", join(ROOT, "packages/cli/bin/fairlead.js"), "gateway", "-c", file],
    { cwd: ROOT, env: { ...process.env, UPSTREAM_KEY, NODE_OPTIONS: "" }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on("exit", (code, signal) => resolve(code ?? signal ?? "unknown"));
  });
  const [url, adminUrl] = await listening(child, () => text);
  return {
    url,
    adminUrl,
    admin: { authorization: `Bearer ${readFileSync(join(folder, "fairlead-data/admin.key"), "utf8").trim()}` },
    pid: child.pid ?? 0,
    printed: () => text,
    rss: () => memory(child.pid ?? 0),
    signal: (signal) => void child.kill(signal),
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await ended;
      plantSecrets(KEY, UPSTREAM_KEY);
      keepEvidence("log", text);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listening(child: ChildProcess, text: () => string): Promise<[string, string]> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = /data (http:\S+), admin (http:[^"\s]+)/.exec(text());
      if (found !== null) resolve([found[1] as string, found[2] as string]);
    };
    child.stdout?.on("data", look);
    child.on("exit", () => reject(new Error(`the gateway did not start:\n${text()}`)));
  });
}

function memory(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb) * 1_024;
}
