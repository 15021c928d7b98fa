// Everything the gateway offers.

export * from "./config/index.ts";
