// The named scenarios.

import type { Scenario } from "../scenario.ts";
import { brownOut } from "./brown-out.ts";
import { cutStreams } from "./cut-streams.ts";
import { flap } from "./flap.ts";
import { guestNetwork } from "./guest-network.ts";
import { overloadWave } from "./overload-wave.ts";
import { rateLimited } from "./rate-limited.ts";
import { regionDown } from "./region-down.ts";

/** By name; the argument is the name of the first region. */
export const SCENARIOS: Readonly<Record<string, (first: string) => Scenario>> = {
  "region-down": regionDown,
  "brown-out": brownOut,
  flap,
  "rate-limited": rateLimited,
  "overload-wave": overloadWave,
  "cut-streams": cutStreams,
  "guest-network": guestNetwork,
};
