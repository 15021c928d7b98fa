// All rules of the DNS layer.

import type { Rule } from "../finding.ts";
import { DNS_ANSWER_RULES } from "./dns-answers.ts";
import { DNS_LIE_RULES } from "./dns-lies.ts";
import { DNS_LOCAL_RULES } from "./dns-local.ts";
import { DNS_SPEED_RULES } from "./dns-speed.ts";

/** What can be wrong with a name. */
export const DNS_RULES: readonly Rule[] = [
  ...DNS_LOCAL_RULES,
  ...DNS_LIE_RULES,
  ...DNS_ANSWER_RULES,
  ...DNS_SPEED_RULES,
];
