// The route to the far end, by the tools that are installed. Evidence only: routers need not answer, and many do not.

import type { Context } from "../context.ts";
import { blocked } from "../graph.ts";
import { type RouteTool, readMtr, readTracepath, readTraceroute } from "../long/route-output.ts";
import type { Machine } from "../machine.ts";
import type { Probe } from "../probe.ts";
import type { Words } from "../words.ts";

/** Time for each tool, milliseconds; what it has printed until then counts. */
const TOOL_MS = 14_000;

interface Call {
  readonly name: RouteTool["tool"];
  readonly args: (address: string, port: number) => readonly string[];
  readonly read: (text: string, address: string) => RouteTool;
}

const TRACEPATH: Call = {
  name: "tracepath",
  args: (address) => ["-n", "-m", "20", address],
  read: (text) => readTracepath(text),
};
const TRACEROUTE: Call = {
  name: "traceroute",
  args: (address) => ["-n", "-w", "1", "-q", "1", "-m", "20", address],
  read: (text, address) => readTraceroute("traceroute", text, address),
};
/** TCP to the very port, where mtr may: ICMP and UDP are filtered in places where the port is open. */
const MTR: Call = {
  name: "mtr",
  args: (address, port) => ["-n", "-r", "-c", "3", "-m", "20", "-T", "-P", String(port), address],
  read: readMtr,
};
const TRACERT: Call = {
  name: "tracert",
  args: (address) => ["-d", "-h", "20", "-w", "500", address],
  read: (text, address) => readTraceroute("tracert", text, address),
};

const NONE: Words = { en: "no route tool is installed", zh: "未安装路由探测工具" };

/** Runs them side by side, without privileges. It never fails: a route that cannot be seen is not a route that is broken. */
export const tcpRoute: Probe<"tcp.route"> = {
  id: "tcp.route",
  layer: "tcp",
  title: { en: "Route", zh: "路由" },
  after: ["tcp.connect"],
  deep: true,
  timeoutMs: TOOL_MS + 2_000,
  skip(ctx, facts) {
    const connects = facts["tcp.connect"]?.connects ?? [];
    if (connects.length === 0) return blocked();
    return callsOf(ctx.machine).some(({ name }) => ctx.machine.findCommand(name) !== undefined) ? undefined : NONE;
  },
  async run(ctx, facts) {
    const connect = facts["tcp.connect"];
    const first = connect?.connects.find(({ address }) => address === connect.best) ?? connect?.connects[0];
    const address = first?.address ?? "";
    const ran = await Promise.all(callsOf(ctx.machine).map((call) => runTool(ctx, call, address, first?.port ?? 443)));
    const tools = ran.filter((one) => typeof one !== "string");
    const missing = ran.filter((one) => typeof one === "string");
    return { status: "pass", note: noteOf(tools, address), facts: { tools, missing } };
  },
};

async function runTool(ctx: Context, call: Call, address: string, port: number): Promise<RouteTool | string> {
  const command = ctx.machine.findCommand(call.name);
  if (command === undefined) return call.name;
  const ran = await ctx.machine.run(command, call.args(address, port), TOOL_MS);
  return ran === undefined ? call.name : call.read(ran.stdout, address);
}

function callsOf({ platform }: Machine): readonly Call[] {
  if (platform === "win32") return [TRACERT];
  return platform === "darwin" ? [TRACEROUTE, MTR] : [TRACEPATH, TRACEROUTE, MTR];
}

function noteOf(tools: readonly RouteTool[], address: string): Words {
  const seen = tools.filter(({ hops }) => hops.length > 0);
  const best = seen.find(({ reached }) => reached) ?? [...seen].sort((a, b) => heard(b) - heard(a))[0];
  if (best === undefined) return { en: "the tools printed nothing that can be read", zh: "工具没有输出可读的内容" };
  const pathMtu = tools.find((one) => one.pathMtu !== undefined)?.pathMtu;
  const last = best.hops.filter(({ host }) => host !== undefined).at(-1);
  const loss = tools.find(({ tool }) => tool === "mtr")?.hops.at(-1)?.lossPercent;
  const mtu = pathMtu === undefined ? "" : `, path MTU ${pathMtu}`;
  const en = best.reached
    ? `${address} is ${best.hops.length} hops away (${best.tool})${mtu}`
    : `${heard(best)} of ${best.hops.length} hops answered ${best.tool}, the last ${last?.host ?? "none"}${mtu}`;
  const zh = best.reached
    ? `距离 ${address} ${best.hops.length} 跳（${best.tool}）${mtu.replace(", path MTU", "，路径 MTU")}`
    : `${best.tool}：${best.hops.length} 跳中有 ${heard(best)} 跳应答，最后一跳 ${last?.host ?? "无"}${mtu.replace(", path MTU", "，路径 MTU")}`;
  return loss === undefined || loss === 0
    ? { en, zh }
    : { en: `${en}, ${loss} % lost at the end`, zh: `${zh}，末端丢包 ${loss} %` };
}

function heard({ hops }: RouteTool): number {
  return hops.filter(({ host }) => host !== undefined).length;
}
