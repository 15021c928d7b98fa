// the far end closes idle connections after three and a half seconds

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["LNG-01"],
  kind: "fault",
  about: "the far end closes idle connections after three and a half seconds",
  world: (lab) => lab.origin({ idleMs: 2_500 }),
  args: ["--as", "node", "--deep", "--soak", "8"],
  limitMs: 80_000,
  expect: { verdict: "LONG_IDLE_FIN", exit: 0, fix: /keepAliveTimeout: [23]000/, says: /3\.\d (?:s|秒)/ },
};
