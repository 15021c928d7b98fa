// Commit: which failures reach a client, by where in the answer they strike.

import { FAIRLEAD } from "../fairlead.ts";
import { FAULTS, type FaultKind } from "../faults.ts";
import { STATE } from "../history.ts";
import { ANTHROPIC_SDK } from "../peers/anthropic-sdk.ts";
import { PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";

const RATE = 40;
const END = 120_000;
const STRUCK = 0.05;
const KINDS: ReadonlyArray<readonly [name: string, kind: FaultKind]> = [
  ["503 in place of an answer", FAULTS["503"]],
  ["200, reset before content", FAULTS["200-reset"]],
  ["200, error event before content", FAULTS["200-overloaded"]],
  ["reset in the middle of content", { ...FAULTS["200-reset"], afterMs: 400, afterContent: true }],
];

const words = (value: number) =>
  value === 0 ? "0 %" : value < 0.001 ? "< 0.1 %" : `${Number((value * 100).toFixed(1))} %`;

/** Share of requests that a client sees fail or break. */
export const BREAKS_PLOT: Plot = {
  name: "commit",
  async make() {
    return {
      title: "Requests that a client sees fail or break, by where the failure strikes",
      note: `${RATE} requests a second, two upstreams; ${STRUCK * 100} % of the attempts on the first are struck.`,
      x: { label: "", from: 0, to: 1 },
      y: {
        label: "share of requests",
        from: 0,
        to: 0.07,
        words,
      },
      lines: [],
      groups: KINDS.map(([name]) => name),
      bars: [
        { name: "Fairlead, hold: first-content", values: await played(FAIRLEAD, "recover: { hold: first-content }") },
        { name: "Anthropic SDK", values: await played(ANTHROPIC_SDK) },
        { name: "Fairlead, hold: whole", values: await played(FAIRLEAD, "recover: { hold: whole }") },
      ],
    };
  },
};

async function played(subject: Subject, yaml?: string): Promise<number[]> {
  const shares: number[] = [];
  for (const [, kind] of KINDS) {
    const platforms = [PLATFORM, { ...PLATFORM, name: "secondary" }];
    const setting = yaml === undefined ? {} : { yaml };
    const world = new World({ seed: SEED, subject, instances: 2, platforms, patienceMs: 20_000, setting });
    world.primary.fault = kind;
    world.primary.faultShare = STRUCK;
    world.arrivals(0, END, RATE, RATE, () => ({}));
    await finished(world, END);
    const { history } = world;
    let seen = 0;
    for (let row = 0; row < history.count; row++) if (history.state[row] !== STATE.good) seen += 1;
    shares.push(seen / history.count);
  }
  return shares;
}
