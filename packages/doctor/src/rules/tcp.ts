// All rules of the TCP layer.

import type { Rule } from "../finding.ts";
import { TCP_FAMILY_RULES } from "./tcp-family.ts";
import { TCP_LOCAL_RULES } from "./tcp-local.ts";
import { TCP_MACHINE_RULES } from "./tcp-machine.ts";
import { TCP_PARTIAL_RULES } from "./tcp-partial.ts";
import { TCP_REACH_RULES } from "./tcp-reach.ts";

/** What can be wrong with a connection. */
export const TCP_RULES: readonly Rule[] = [
  ...TCP_LOCAL_RULES,
  ...TCP_MACHINE_RULES,
  ...TCP_REACH_RULES,
  ...TCP_FAMILY_RULES,
  ...TCP_PARTIAL_RULES,
];
