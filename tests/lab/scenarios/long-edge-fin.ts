// the far end closes idle connections after four seconds

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["LNG-01"],
  kind: "fault",
  about: "the far end closes idle connections after four seconds",
  world: (lab) => lab.origin({ idleMs: 4_000 }),
  args: ["--as", "node", "--deep", "--soak", "8"],
  limitMs: 80_000,
  expect: { verdict: "LONG_IDLE_FIN", exit: 0, fix: /keepAliveTimeout: [23]000/, says: /4\.\d s/ },
};
