// Proxies of scenarios that need more than the lab's tinyproxy.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lab } from "./lab.ts";

/** Starts squid on the router, at 10.77.1.1; `lines` are its rules. Its resolver is the router's unless they name one. */
export async function squid(lab: Lab, port: number, lines: readonly string[]): Promise<void> {
  const folder = join(lab.scratch, "squid");
  mkdirSync(folder, { recursive: true });
  const own = lines.some((line) => line.startsWith("dns_nameservers")) ? [] : ["dns_nameservers 10.77.1.1"];
  const config = [
    `http_port 10.77.1.1:${port}`,
    "cache deny all",
    "access_log none",
    `cache_log ${folder}/log`,
    `pid_filename ${folder}/pid`,
    `coredump_dir ${folder}`,
    "netdb_filename none",
    "pinger_enable off",
    "dns_timeout 2 seconds",
    "shutdown_lifetime 0 seconds",
    ...own,
    ...lines,
    "",
  ];
  writeFileSync(join(folder, "conf"), config.join("\n"));
  // squid does not run as root, not even as the root of a user namespace.
  const asDev = ["-U", "--map-user=1000", "--map-group=1000", "--"];
  await lab.start("r", "unshare", [...asDev, "squid", "-N", "-f", join(folder, "conf")], { port });
}
