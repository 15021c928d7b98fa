// A small resolver over UDP that answers, refuses, fails, waits or stays silent as it is told (one argument: JSON).

import { createSocket, type RemoteInfo } from "node:dgram";
import { isIPv4, isIPv6 } from "node:net";

/** How the resolver behaves. */
export interface DnsConfig {
  readonly address: string;
  readonly port?: number;
  /** A name, or `*.` and the end of one, to its addresses; null = NXDOMAIN; an empty list = no such record. */
  readonly answers: { readonly [name: string]: readonly string[] | null };
  /** `drop` is `silent`. */
  readonly mode?: "normal" | "refused" | "servfail" | "silent" | "drop" | "nxdomain";
  /** Address given for every name that has no answer of its own. */
  readonly wildcard?: string;
  readonly delayMs?: number;
  /** Questions for AAAA are never answered. */
  readonly dropAaaa?: boolean;
  /** Questions for A are never answered. */
  readonly dropA?: boolean;
  /** Seconds. Default 60. */
  readonly ttl?: number;
}

const A = 1;
const AAAA = 28;
const CODES = { servfail: 2, nxdomain: 3, refused: 5 } as const;

function main(config: DnsConfig): void {
  const socket = createSocket({ type: isIPv6(config.address) ? "udp6" : "udp4", reuseAddr: true });
  socket.on("message", (query, from) => answer(query, from));
  socket.bind(config.port ?? 53, config.address, () => console.log("ready"));

  const answer = (query: Buffer, from: RemoteInfo): void => {
    const mode = config.mode ?? "normal";
    if (mode === "silent" || mode === "drop") return;
    const { name, type, end } = question(query);
    if (type === AAAA && config.dropAaaa === true) return;
    if (type === A && config.dropA === true) return;
    const send = () => socket.send(reply(query, end, name, type), from.port, from.address);
    if (config.delayMs === undefined) send();
    else setTimeout(send, config.delayMs);
  };

  const reply = (query: Buffer, end: number, name: string, type: number): Buffer => {
    const head = Buffer.from(query.subarray(0, end));
    const mode = config.mode ?? "normal";
    const found = lookup(config, name);
    const code =
      mode === "refused" || mode === "servfail" || mode === "nxdomain"
        ? CODES[mode]
        : found === null
          ? CODES.nxdomain
          : 0;
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(0, 8);
    head.writeUInt16BE(0, 10);
    const records = code === 0 ? recordsOf(found ?? [], type, config.ttl ?? 60) : [];
    head.writeUInt16BE(records.length, 6);
    return Buffer.concat([head, ...records]);
  };
}

/** Addresses of a name, null when there is no such name. */
function lookup(config: DnsConfig, name: string): readonly string[] | null {
  const own = config.answers[name];
  if (own !== undefined) return own;
  for (const [pattern, addresses] of Object.entries(config.answers))
    if (pattern.startsWith("*.") && name.endsWith(pattern.slice(1))) return addresses;
  return config.wildcard === undefined ? null : [config.wildcard];
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordsOf(addresses: readonly string[], type: number, ttl: number): Buffer[] {
  const wanted = addresses.filter((address) =>
    type === A ? isIPv4(address) : type === AAAA ? isIPv6(address) : false,
  );
  return wanted.map((address) => {
    const data = type === A ? Buffer.from(address.split(".").map(Number)) : bytesOf6(address);
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    record.writeUInt16BE(type, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttl, 6);
    record.writeUInt16BE(data.length, 10);
    return Buffer.concat([record, data]);
  });
}

function bytesOf6(address: string): Buffer {
  const [left = "", right = ""] = address.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const before = groups(left);
  const after = groups(right);
  const all = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]));
}

main(JSON.parse(process.argv[2] ?? "") as DnsConfig);
