// All rules of the environment layer.

import type { Rule } from "../finding.ts";
import { CLOUD_RULES } from "./environment-cloud.ts";
import { CREDENTIAL_TEXT_RULES } from "./environment-credentials.ts";
import { CREDENTIAL_ORDER_RULES } from "./environment-order.ts";
import { SETTINGS_RULES } from "./environment-settings.ts";
import { URL_RULES } from "./environment-url.ts";
import { VERSION_RULES } from "./environment-version.ts";

/** What is told by the environment alone, or by it together with what failed behind it. */
export const ENVIRONMENT_RULES: readonly Rule[] = [
  ...CREDENTIAL_TEXT_RULES,
  ...CREDENTIAL_ORDER_RULES,
  ...URL_RULES,
  ...CLOUD_RULES,
  ...SETTINGS_RULES,
  ...VERSION_RULES,
];
