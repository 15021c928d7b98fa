// A real nginx before gateways, with the configuration that docs/fleet.md gives.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const DOCUMENT = fileURLToPath(new URL("../../docs/fleet.md", import.meta.url));

/** The configuration in the document, with other addresses. */
export function nginxConfig(listen: number, gateways: readonly number[]): string {
  const text = readFileSync(DOCUMENT, "utf8");
  const found = /```nginx\n([\s\S]*?)```/.exec(text)?.[1];
  if (found === undefined) throw new Error("docs/fleet.md holds no block of nginx");
  const servers = gateways.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join("\n    ");
  const replaced = found
    .replace(/(?:server [\w.:-]+ max_fails=0;\s*)+/, `${servers}\n    `)
    .replace(/listen \d+;/, `listen 127.0.0.1:${listen};`);
  if (!replaced.includes(servers) || !replaced.includes(`listen 127.0.0.1:${listen};`))
    throw new Error("the block of nginx in docs/fleet.md has changed its form");
  return replaced;
}

/** The configuration of deploy/nginx.conf, with other addresses. */
export function deployedConfig(listen: number, gateways: readonly number[]): string {
  const text = readFileSync(fileURLToPath(new URL("../../deploy/nginx.conf", import.meta.url)), "utf8");
  const servers = gateways.map((port) => `server 127.0.0.1:${port} $1;`).join("\n    ");
  return text
    .replace(/(?:server 127[\w.:-]+ ([^;]+);\s*)+/, `${servers}\n    `)
    .replace(/listen [\d.:]+;/, `listen 127.0.0.1:${listen};`);
}

/** Starts one; `close` ends it. */
export async function startNginx(
  port: number,
  gateways: readonly number[],
  config: (listen: number, gateways: readonly number[]) => string = nginxConfig,
): Promise<{ close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-nginx-"));
  mkdirSync(join(folder, "logs"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${join(folder, name)};`)
    .join("\n");
  writeFileSync(
    join(folder, "nginx.conf"),
    `daemon off;\nworker_processes 1;\npid ${join(folder, "pid")};\nerror_log ${join(folder, "error.log")} warn;\nevents { worker_connections 1024; }\nhttp {\n  access_log off;\n${temporary}\n${config(port, gateways)}\n}\n`,
  );
  const child: ChildProcess = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.on("error", () => {
    out += "nginx is missing: apt-get install -y --no-install-recommends nginx-light";
  });
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => resolve());
    child.on("error", () => resolve());
  });
  const until = performance.now() + 5_000;
  for (;;) {
    const up = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      () => true,
      () => false,
    );
    if (up) break;
    if (child.exitCode !== null || performance.now() > until) throw new Error(`nginx did not start: ${out}`);
    await sleep(20);
  }
  return {
    async close() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
