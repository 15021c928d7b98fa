// nginx as a plain reverse proxy: one worker, kept-alive upstream connections, no logs, no policies.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, PROXY_CPU } from "../crew.ts";
import type { Candidate } from "./candidate.ts";

function config(directory: string, port: number, upstreamPort: number): string {
  const root = process.getuid?.() === 0 ? "user root;" : "";
  const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  );
  return `${root}
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${directory}/nginx.pid;
error_log ${directory}/error.log error;
events { worker_connections 8192; }
http {
  access_log off;
  ${temp.join(" ")}
  tcp_nodelay on;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  client_max_body_size 32m;
  client_body_buffer_size 256k;
  upstream mock { server 127.0.0.1:${upstreamPort}; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`;
}

function version(): string {
  const { stderr, error } = spawnSync("nginx", ["-v"], { encoding: "utf8" });
  if (error !== undefined) throw new Error("nginx is not installed: apt-get install nginx");
  return stderr.trim().replace(/^nginx version: /, "");
}

/** The floor that a gateway without policies could reach. */
export const nginx: Candidate = {
  name: "nginx",
  transparent: true,
  version,
  prepare: () => void version(),
  start: async ({ crew, upstreamPort, directory }) => {
    const port = await freePort();
    const path = join(directory, "nginx.conf");
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, config(directory, port, upstreamPort));
    const member = crew.start({
      name: "nginx",
      cpu: PROXY_CPU,
      command: "nginx",
      args: ["-p", directory, "-c", path, "-e", join(directory, "error.log"), "-g", "daemon off;"],
    });
    await crew.listening(member, port);
    return { port, member, key: "sk-bench", headers: {} };
  },
};
