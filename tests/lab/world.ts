// The bare world of one scenario: three network namespaces with their links, an /etc of its own. Runs inside `unshare`.

import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { rootCertificates } from "node:tls";
import { ADDRESSES, LINKS } from "./names.ts";

/** Client, router, servers, and the long line between those two where there is one. */
export type Namespace = "c" | "r" | "s" | "p";

/** Where the real /etc is while the lab's lies over it. */
const HOST_ETC = "/run/etc-host";
const LAB_ETC = "/run/etc-lab";

/** Folders where servers write: nothing of theirs may reach the machine. And where the machine's npm keeps its settings. */
const SCRATCH = [
  "/var/log",
  "/var/spool",
  "/var/cache",
  "/var/lib/nginx",
  "/var/lib/misc",
  "/usr/etc",
  "/usr/local/etc",
  // faketime keeps semaphores there by process number, and those of two worlds are the same.
  "/dev/shm",
];

/** Lays the world out: /run, /etc, namespaces, links, addresses, routes. About 150 ms. */
export function layOut(pki: { path(name: string): string; text(name: string): string }): void {
  const scratch = SCRATCH.filter((folder) => existsSync(folder)).map((folder) => `mount -t tmpfs t ${folder}`);
  bash(
    ["mount -t tmpfs t /run", "mkdir -p /run/netns /run/lock /run/lab /run/home/dev/project", ...scratch].join("\n"),
  );
  dressEtc();
  const publicRoot = pki.text("root.pem");
  placeInEtc("ssl/certs/ca-certificates.crt", `${rootCertificates.join("\n")}\n${publicRoot}`);
  const [c4, c6] = LINKS.client;
  const [r4, r6] = LINKS.router;
  const [o4, o6] = LINKS.outside;
  const [s4, s6] = LINKS.servers;
  const far = Object.values(ADDRESSES)
    .flat()
    .map((address) => addressLine(address));
  bash(`
for n in c r s; do ip netns add $n; done
for n in c r s; do ip netns exec $n sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0; done
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip netns exec c sysctl -qw net.ipv4.ping_group_range="0 2147483647" 2>/dev/null || true
ip link add c0 netns c type veth peer name r0 netns r
ip link add s0 netns s type veth peer name r1 netns r
ip -n c -batch - <<E
link set lo up
addr add ${c4}/24 dev c0
addr add ${c6}/64 dev c0 nodad
link set c0 up
route add default via ${r4}
route add default via ${r6}
E
ip -n r -batch - <<E
link set lo up
addr add ${r4}/24 dev r0
addr add ${r6}/64 dev r0 nodad
addr add ${o4}/24 dev r1
addr add ${o6}/64 dev r1 nodad
link set r0 up
link set r1 up
route add default via ${s4}
route add default via ${s6}
E
ip -n s -batch - <<E
link set lo up
addr add ${s4}/24 dev s0
addr add ${s6}/64 dev s0 nodad
link set s0 up
route add default via ${o4}
route add default via ${o6}
${far.join("\n")}
E
`);
}

/** Puts a fourth namespace between router and servers, whose ends p0 and p1 a program has to join. */
export function lengthen(program: string): void {
  const [o4, o6] = LINKS.outside;
  const [s4, s6] = LINKS.servers;
  bash(`
ip netns add p
ip netns exec p sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n r link del r1
ip link add r1 netns r type veth peer name p0 netns p
ip link add s0 netns s type veth peer name p1 netns p
ip netns exec r python3 ${program} plain r1
ip netns exec s python3 ${program} plain s0
ip -n p link set p0 up
ip -n p link set p1 up
ip -n r -batch - <<E
addr add ${o4}/24 dev r1
addr add ${o6}/64 dev r1 nodad
link set r1 up
route add default via ${s4}
route add default via ${s6}
E
ip -n s -batch - <<E
addr add ${s4}/24 dev s0
addr add ${s6}/64 dev s0 nodad
link set s0 up
route add default via ${o4}
route add default via ${o6}
E
`);
}

/** Line of an `ip -batch` that gives the servers' namespace an address. */
export function addressLine(address: string, device = "lo"): string {
  return address.includes(":") ? `addr add ${address}/128 dev ${device} nodad` : `addr add ${address}/32 dev ${device}`;
}

/** Puts a file (or nothing, for null) in the lab's /etc. The machine's own is never touched. */
export function placeInEtc(path: string, content: string | Uint8Array | null): void {
  const parts = path.split("/");
  for (let depth = 1; depth < parts.length; depth++) makeReal(parts.slice(0, depth).join("/"));
  const file = join(LAB_ETC, path);
  rmSync(file, { force: true, recursive: true });
  if (content === null) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

// A folder of the machine's, as one of the lab's in which each entry points to the machine's.
function makeReal(folder: string): void {
  const place = join(LAB_ETC, folder);
  const stat = lstatSync(place, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return;
  rmSync(place, { force: true });
  mkdirSync(place, { recursive: true });
  const real = join(HOST_ETC, folder);
  if (stat !== undefined && existsSync(real))
    for (const name of readdirSync(real)) symlinkSync(join(real, name), join(place, name));
}

function dressEtc(): void {
  mkdirSync(LAB_ETC);
  mkdirSync(HOST_ETC);
  bash(`mount --bind /etc ${HOST_ETC}`);
  for (const name of readdirSync("/etc")) symlinkSync(join(HOST_ETC, name), join(LAB_ETC, name));
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .filter((line) => line !== "" && line.split(":")[2] !== "1000" && !line.startsWith("dev:"));
  placeInEtc("passwd", `${users.join("\n")}\ndev:x:1000:1000::/run/home/dev:/bin/bash\n`);
  placeInEtc("hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
  placeInEtc("hostname", "workbench\n");
  placeInEtc("resolv.conf", `nameserver ${LINKS.router[0]}\n`);
  placeInEtc("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nnetworks: files\n");
  placeInEtc("environment", "");
  placeInEtc("profile", "# nothing\n");
  for (const path of [
    "gitconfig",
    "npmrc",
    "claude-code",
    "bash.bashrc",
    "profile.d",
    "gai.conf",
    "host.conf",
    "ssl/certs",
    "ssl/cert.pem",
  ])
    placeInEtc(path, null);
  bash(`mount --bind ${LAB_ETC} /etc && hostname workbench 2>/dev/null || true`);
}

function bash(script: string): void {
  execFileSync("bash", ["-ec", script], { stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
}
