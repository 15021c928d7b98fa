// Gateways of scenarios: a small box or nginx on the program's own machine, with the simulator behind it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab.ts";
import type { StreamBoxConfig } from "./servers/stream-box.ts";

/** Where the gateway listens, for ANTHROPIC_BASE_URL. */
export const GATEWAY = "http://127.0.0.1:8088";
const UPSTREAM = { host: "203.0.113.81", port: 8080 };
const BOX_PORT = 8089;

/** Slow enough that the way in which an answer arrives can be seen. */
function slowAnswers(lab: Lab): void {
  lab.simulator({
    regions: [
      {
        name: "lab",
        firstTokenMs: { kind: "lognormal", median: 60, sigma: 0.1 },
        tokensPerSecond: { kind: "lognormal", median: 30, sigma: 0.05 },
      },
    ],
  });
  lab.origin({ address: UPSTREAM.host, port: UPSTREAM.port, mode: "plain" });
}

/** A gateway that does that to streams; `as: "upstream"` puts it behind `nginx` instead of before the program. */
export async function streamBox(
  lab: Lab,
  wish: Pick<StreamBoxConfig, "fault" | "idleMs"> = {},
  as: "gateway" | "upstream" = "gateway",
): Promise<void> {
  slowAnswers(lab);
  const port = as === "gateway" ? 8088 : BOX_PORT;
  await lab.serve("c", "127.0.0.1", port, "stream-box.ts", { upstream: UPSTREAM, ...wish });
}

/** nginx as the gateway: lines for its server block; `upstream` is the box where one was started as that. */
export async function nginx(
  lab: Lab,
  lines: { readonly server?: string; readonly location?: string; readonly box?: boolean },
): Promise<void> {
  slowAnswers(lab);
  const folder = join(lab.scratch, "nginx");
  mkdirSync(folder, { recursive: true });
  const upstream = lines.box === true ? `127.0.0.1:${BOX_PORT}` : `${UPSTREAM.host}:${UPSTREAM.port}`;
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  writeFileSync(
    join(folder, "nginx.conf"),
    // One process, because a second one would want to change its user, which a user namespace does not let it.
    `user root; daemon off; master_process off; pid ${folder}/pid; error_log stderr warn;
events {}
http {
  ${paths}
  access_log off;
  server {
    listen 127.0.0.1:8088;
    client_max_body_size 40m;
    ${lines.server ?? ""}
    location / {
      proxy_pass http://${upstream};
      proxy_set_header Host api.anthropic.com;
      ${lines.location ?? ""}
    }
  }
}
`,
  );
  await lab.start("c", "nginx", ["-e", "stderr", "-c", join(folder, "nginx.conf")], { port: 8088 });
}
