// Paths of the contract matched without the router: which methods a path answers.

import { routes } from "./contract/contract.ts";

/** Methods that a path answers, in order; empty when there is no such path. */
export function allowedMethods(path: string): readonly string[] {
  const methods = new Set<string>();
  for (const [, spec] of routes()) {
    if (!patternOf(spec.path).test(path)) continue;
    methods.add(spec.method);
    if (spec.method === "GET") methods.add("HEAD");
  }
  return [...methods];
}

function patternOf(path: string): RegExp {
  const literal = path.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join("[^/]+")}$`);
}
