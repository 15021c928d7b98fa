// What the package offers to a program: its main function, and the shapes of what it prints as JSON.

export type { LoadJson, StepJson, TimesJson } from "./load/report-json.ts";
export { main } from "./main.ts";
export { systemTerminal, type Terminal } from "./terminal.ts";
