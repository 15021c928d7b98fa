// The quotas of a configuration: which limits each account has.

import type { LimitsOf, QuotaLimits } from "@fairlead/engine";
import type { Config } from "./config/config.ts";

/** The limits that the configuration gives an account, the same for each class of models; 0 leaves one to be learned. */
export function limitsOfAccounts(config: Config): LimitsOf {
  const byAccount = new Map<string, QuotaLimits>();
  for (const { name, account = name, quota } of config.upstreams) {
    if (quota === undefined) continue;
    byAccount.set(account, {
      ...(quota.rpm === undefined ? {} : { requests: quota.rpm }),
      ...(quota.itpm === undefined ? {} : { input: quota.itpm }),
      ...(quota.otpm === undefined ? {} : { output: quota.otpm }),
    });
  }
  return (target) => byAccount.get(target.account);
}
