// Reads what the route tools print.

import type { RouteFacts } from "../facts/tcp.ts";

export type RouteTool = RouteFacts["tools"][number];
type Hop = RouteTool["hops"][number];

/** tracepath -n: ` 1:  192.168.1.1   0.523ms pmtu 1400`, ` 3:  no reply`, `     Resume: pmtu 1400 hops 3 back 3`. */
export function readTracepath(text: string): RouteTool {
  const hops = new Map<number, Hop>();
  let reached = false;
  let pathMtu: number | undefined;
  for (const line of text.split("\n")) {
    const mtu = /\bpmtu (\d+)/.exec(line)?.[1];
    if (mtu !== undefined) pathMtu = Number(mtu);
    if (/\breached\b/.test(line)) reached = true;
    const [, number, host, ms] = /^\s*(\d+)\??:\s+(\S+)(?:\s.*?([\d.]+)ms)?/.exec(line) ?? [];
    if (number === undefined || host === undefined || host === "[LOCALHOST]") continue;
    const known = hops.get(Number(number));
    if (known?.host !== undefined) continue;
    hops.set(Number(number), host === "no" ? { hop: Number(number) } : hopOf(number, host, ms));
  }
  return { tool: "tracepath", hops: [...hops.values()], reached, ...(pathMtu === undefined ? {} : { pathMtu }) };
}

/** traceroute -n and tracert -d: ` 2  10.0.0.1  1.2 ms`, ` 3  * * *`, ` 1     1 ms    <1 ms     1 ms  192.168.1.1`. */
export function readTraceroute(tool: "traceroute" | "tracert", text: string, target: string): RouteTool {
  const hops: Hop[] = [];
  for (const line of text.split(/\r?\n/)) {
    const number = /^\s*(\d+)\s/.exec(line)?.[1];
    if (number === undefined) continue;
    const rest = line.replace(/^\s*\d+/, "");
    const host = /(?:^|\s|\()((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]*:[0-9a-f:]+)(?=\)|\s|$)/i.exec(rest)?.[1];
    const ms = /<?([\d.]+)\s*ms/.exec(rest)?.[1];
    hops.push(host === undefined ? { hop: Number(number) } : hopOf(number, host, ms));
  }
  return { tool, hops, reached: hops.some(({ host }) => host === target) };
}

/** mtr -nr: `  1.|-- 10.77.1.1  0.0%  3  0.1  0.1  0.1  0.1  0.0`; `???` for a hop that does not answer. */
export function readMtr(text: string, target: string): RouteTool {
  const hops: Hop[] = [];
  for (const line of text.split("\n")) {
    const [, number, host, loss, average] =
      /^\s*(\d+)\.\|--\s+(\S+)\s+([\d.]+)%?\s+\d+\s+[\d.]+\s+([\d.]+)/.exec(line) ?? [];
    if (number === undefined || host === undefined) continue;
    if (host === "???") hops.push({ hop: Number(number), lossPercent: Number(loss) });
    else hops.push({ ...hopOf(number, host, average), lossPercent: Number(loss) });
  }
  return { tool: "mtr", hops, reached: hops.some(({ host }) => host === target) };
}

function hopOf(number: string, host: string, ms: string | undefined): Hop {
  return ms === undefined ? { hop: Number(number), host } : { hop: Number(number), host, ms: Number(ms) };
}
