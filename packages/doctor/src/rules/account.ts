// All rules of the account layer.

import type { Rule } from "../finding.ts";
import { ACCOUNT_BETA_RULES } from "./account-betas.ts";
import { ACCOUNT_LIMIT_RULES } from "./account-limits.ts";
import { ACCOUNT_MODEL_RULES } from "./account-models.ts";

export const ACCOUNT_RULES: readonly Rule[] = [...ACCOUNT_LIMIT_RULES, ...ACCOUNT_MODEL_RULES, ...ACCOUNT_BETA_RULES];
