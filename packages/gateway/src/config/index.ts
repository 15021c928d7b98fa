// The configuration room of the gateway.

export type { Address, Config, KeyAllowance, ModelRule, ProjectConfig, UpstreamConfig } from "./config.ts";
export { allowanceSchema, duplicatesField, limitFields, type TenancyConfig } from "./limit-fields.ts";
export { type Loaded, loadConfig, readConfig } from "./load.ts";
export { openConfig, openConfigText } from "./open.ts";
export { describeConfig, mask, printConfig, showAddress } from "./print.ts";
export { ConfigError, type Problem, type ProblemCode, showProblem } from "./problem.ts";
export { configJsonSchema } from "./schema.ts";
export type { Environment } from "./secrets.ts";
