// How Node's address race would go: every address but the last gets 250 or 500 ms, however far away the server is.

import { getDefaultAutoSelectFamily, getDefaultAutoSelectFamilyAttemptTimeout } from "node:net";
import type { Context } from "../context.ts";
import type { Connected, RaceFacts } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import type { Looked, Probe } from "../probe.ts";
import type { Words } from "../words.ts";
import { tryConnect } from "./tcp-connect.ts";

/** Source: https://nodejs.org/api/net.html#socketconnectoptions-connectlistener (`autoSelectFamilyAttemptTimeout`). */
const LEAST_CAP_MS = 10;
/** More connections to each address before it is called too slow: one lost packet is no verdict. */
const MORE_SAMPLES = 2;
const SAMPLE_MS = 1_600;

const OTHER_CLIENT: Words = {
  en: "not needed: this program does not race with Node's cap",
  zh: "无需检查：该程序不受 Node 的尝试上限影响",
};

/** Only for programs on Node. */
export const tcpRace: Probe<"tcp.race"> = {
  id: "tcp.race",
  layer: "tcp",
  title: { en: "Node's race of addresses", zh: "Node 的地址竞速" },
  after: ["tcp.connect"],
  skip(ctx, facts) {
    if (ctx.environment.client !== "node") return OTHER_CLIENT;
    return (facts["tcp.connect"]?.connects.length ?? 0) === 0 ? blocked() : undefined;
  },
  run: look,
};

/** The cap that the program's NODE_OPTIONS give, else this Node's default; and whether it races at all. */
export function capOf(nodeOptions: string): { readonly capMs: number; readonly races: boolean } {
  const asked = /--network-family-autoselection-attempt-timeout[= ](\d+)/.exec(nodeOptions)?.[1];
  const capMs =
    asked === undefined ? getDefaultAutoSelectFamilyAttemptTimeout() : Math.max(Number(asked), LEAST_CAP_MS);
  const off = /--no-(?:network-family-autoselection|enable-network-family-autoselection)\b/.test(nodeOptions);
  return { capMs, races: !off && getDefaultAutoSelectFamily() };
}

/** The race by measured connects: families take turns, only the last address is not cut off. */
export function raceOf(connects: readonly Connected[], capMs: number, races: boolean): RaceFacts {
  const order = interleaved(connects);
  if (!races || order.length < 2)
    return { capMs, races, wouldFail: false, attempts: order.map((one) => ({ ...attempt(one), cutOff: false })) };
  const attempts = order.map((one, index) => ({ ...attempt(one), cutOff: index < order.length - 1 && one.ms > capMs }));
  const wins = attempts.some(({ cutOff }, index) => !cutOff && order[index]?.ok === true);
  return { capMs, races, wouldFail: !wins && connects.some(({ ok }) => ok), attempts };
}

function attempt({ address, ms, error }: Connected): { address: string; ms: number; error?: string } {
  return error === undefined ? { address, ms } : { address, ms, error };
}

function interleaved(connects: readonly Connected[]): readonly Connected[] {
  const first = connects.filter(({ family }) => family === connects[0]?.family);
  const second = connects.filter(({ family }) => family !== connects[0]?.family);
  return first.flatMap((one, index) => [one, ...second.slice(index, index + 1)]).concat(second.slice(first.length));
}

async function look(ctx: Context, facts: Facts): Promise<Looked<"tcp.race">> {
  const { capMs, races } = capOf(ctx.environment.value("NODE_OPTIONS") ?? "");
  const connects = facts["tcp.connect"]?.connects ?? [];
  let race = raceOf(connects, capMs, races);
  if (race.wouldFail) race = raceOf(await again(ctx, connects), capMs, races);
  const cut = race.attempts.filter(({ cutOff }) => cutOff).map(({ address, ms }) => `${address} (${ms} ms)`);
  const note: Words = race.wouldFail
    ? {
        en: `Node would give up on ${cut.join(", ")} after ${capMs} ms`,
        zh: `Node 会在 ${capMs} 毫秒后放弃 ${cut.join("、")}`,
      }
    : {
        en: `an address answers within Node's ${capMs} ms, or is the last`,
        zh: `有地址在 Node 的 ${capMs} 毫秒内应答，或为最后一个地址`,
      };
  return { status: race.wouldFail ? "fail" : "pass", note, facts: race };
}

// The fastest of several counts: what fails once in a while is not what this is about.
function again(ctx: Context, connects: readonly Connected[]): Promise<readonly Connected[]> {
  return Promise.all(
    connects.map(async (one) => {
      if (!one.ok) return one;
      const samples = Array.from({ length: MORE_SAMPLES }, () => tryConnect(ctx, one.address, one.port, SAMPLE_MS));
      const good = (await Promise.all(samples)).filter(({ ok }) => ok);
      return [one, ...good].reduce((a, b) => (b.ms < a.ms ? b : a));
    }),
  );
}
