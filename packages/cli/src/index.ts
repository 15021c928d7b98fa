// What the package offers to a program: its main function.

export { main } from "./main.ts";
export { systemTerminal, type Terminal } from "./terminal.ts";
