// What is to be reached.

import type { Setting } from "./environment/environment.ts";

export type Platform = "anthropic" | "bedrock" | "vertex" | "foundry" | "custom";

/** The address that the program would send a message to. */
export interface Target {
  readonly platform: Platform;
  /** Base URL without a slash at its end, as the program uses it. */
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Where the address came from; undefined when it is the program's own default. */
  readonly from: Setting | undefined;
  /** True when the address is the platform's own: only then its published address ranges and certificates can be expected. */
  readonly official: boolean;
  /** Region of Bedrock or Vertex, project of Vertex, resource of Foundry, where set. */
  readonly region?: string;
  readonly project?: string;
  readonly resource?: string;
}
