// All rules of the account layer.

import type { Rule } from "../finding.ts";
import { ACCOUNT_BETA_RULES } from "./account-betas.ts";
import { ACCOUNT_LIMIT_RULES } from "./account-limits.ts";
import { ACCOUNT_MODEL_RULES } from "./account-models.ts";
import { refusedRule } from "./account-refused.ts";
import { CREDENTIAL_RULES } from "./credentials.ts";
import { HTTP_EDGE_RULES } from "./http-edge.ts";
import { HTTP_FRONT_RULES } from "./http-front.ts";
import { HTTP_PATH_RULES } from "./http-path.ts";

const KNOWN: readonly Rule[] = [...ACCOUNT_LIMIT_RULES, ...ACCOUNT_MODEL_RULES, ...ACCOUNT_BETA_RULES];
const BEFORE: readonly Rule[] = [...HTTP_EDGE_RULES, ...HTTP_FRONT_RULES, ...HTTP_PATH_RULES, ...CREDENTIAL_RULES];

export const ACCOUNT_RULES: readonly Rule[] = [...KNOWN, refusedRule([...BEFORE, ...KNOWN].map(({ code }) => code))];
