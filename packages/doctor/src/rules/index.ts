// All rules, layer by layer.

import type { Rule } from "../finding.ts";

/** Every rule. Codes are unique. */
export const RULES: readonly Rule[] = [];
