// What the package offers: the command, an examination as a function, and its tables.

export type { Options } from "./context.ts";
export { diagnose, type Examination } from "./diagnose.ts";
export type { Finding, Rule } from "./finding.ts";
export { type Io, systemIo } from "./io.ts";
export { LAYERS, type Layer } from "./layer.ts";
export { localMachine } from "./local-machine.ts";
export type { Machine } from "./machine.ts";
export { main } from "./main.ts";
export { COMMANDS, OPTIONS, type OptionSpec } from "./options.ts";
export { REPORT_SCHEMA } from "./output/json-schema.ts";
export type { Probe } from "./probe.ts";
export { PROBES } from "./probes/index.ts";
export { exitCodeOf, type Report, type ReportedFinding } from "./report.ts";
export { RULES } from "./rules/index.ts";
