// All rules of the credentials layer.

import type { Rule } from "../finding.ts";
import { CREDENTIAL_CLOUD_RULES } from "./credentials-cloud.ts";
import { CREDENTIAL_KEY_RULES } from "./credentials-key.ts";
import { CREDENTIAL_PERMISSION_RULES } from "./credentials-permission.ts";

export const CREDENTIAL_RULES: readonly Rule[] = [
  ...CREDENTIAL_KEY_RULES,
  ...CREDENTIAL_PERMISSION_RULES,
  ...CREDENTIAL_CLOUD_RULES,
];
