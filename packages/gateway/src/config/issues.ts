// Turns zod's findings into problems that say what is wrong and how to put it right.

import { nearest } from "@fairlead/engine";
import type { z } from "zod";
import { MOST_PROBLEMS } from "./document.ts";
import type { Found, Path } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** What to add when a required key is missing, by its name. */
const EXAMPLES: { readonly [key: string]: string } = {
  upstreams: `add \`upstreams: [{ name: anthropic, provider: anthropic, api_key: "\${ANTHROPIC_API_KEY}" }]\``,
  projects: `add \`projects: [{ name: web, keys: ["\${WEB_KEY}"] }]\`: who may call`,
  name: "add `name: …`, unique among its like",
  provider: "add `provider: anthropic`",
  api_key: `add \`api_key: "\${ANTHROPIC_API_KEY}"\` (from the environment) or \`api_key: file:./anthropic.key\``,
  keys: `add \`keys: ["\${WEB_KEY}"]\` (from the environment) or \`keys: ["file:./web.key"]\``,
  match: 'add `match: "claude-*"`',
};

/** All problems of a parse, with unknown keys matched against the keys that exist at their place. */
export function foundOf(issues: readonly Issue[], known: (path: Path) => readonly string[]): Found[] {
  return issues.flatMap((issue) => one(issue, [], known));
}

function one(issue: Issue, above: Path, known: (path: Path) => readonly string[]): Found[] {
  const path: Path = [...above, ...issue.path.map((step) => (typeof step === "number" ? step : String(step)))];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.slice(0, MOST_PROBLEMS).map((key) => unknownKey([...path, key], key, known(path)));
    case "invalid_union": {
      // The branch that fits the kind of value is the one its writer meant.
      const meant = issue.errors.find((branch) =>
        branch.some((inner) => inner.path.length > 0 || inner.code !== "invalid_type"),
      );
      if (meant === undefined) return [wrong(path, issue, isOurs(issue.message) ? issue.message : "cannot stand here")];
      return meant.flatMap((inner) => one(inner, path, known));
    }
    case "invalid_type": {
      if (issue.input === undefined) {
        const key = String(path.at(-1) ?? "");
        const example = EXAMPLES[key];
        return [{ path, code: "missing", message: example === undefined ? "is missing" : `is missing; ${example}` }];
      }
      return [
        wrong(
          path,
          issue,
          isOurs(issue.message) ? issue.message : `must be ${KINDS[issue.expected] ?? issue.expected}`,
        ),
      ];
    }
    case "invalid_value": {
      const words = issue.values.map(String);
      const near = typeof issue.input === "string" ? nearest(issue.input, words) : undefined;
      const rule = isOurs(issue.message) ? issue.message : `must be one of ${words.join(", ")}`;
      if (issue.input === undefined) {
        const example = EXAMPLES[String(path.at(-1) ?? "")];
        return [{ path, code: "missing", message: `is missing; ${example ?? rule}` }];
      }
      return [wrong(path, issue, near === undefined ? rule : `${rule} (did you mean ${near}?)`)];
    }
    default:
      return [wrong(path, issue, issue.message)];
  }
}

const KINDS: { readonly [kind: string]: string } = {
  string: "text",
  array: "a list",
  object: "a block of keys",
  number: "a number",
  boolean: "true or false",
};

/** zod's own sentences begin with a capital, ours do not. */
function isOurs(message: string): boolean {
  return !message.startsWith("Invalid");
}

function wrong(path: Path, issue: Issue, rule: string): Found {
  return { path, code: "wrong_value", message: `${rule}; got ${show(issue.input)}` };
}

function unknownKey(path: Path, key: string, known: readonly string[]): Found {
  const near = nearest(key, known);
  const fix = near === undefined ? `what may stand here: ${known.join(", ")}` : `did you mean ${near}?`;
  return { path, code: "unknown_key", onKey: true, message: `is not a known key; ${fix}` };
}

function show(input: unknown): string {
  if (input === null || input === undefined) return "nothing";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return "a block of keys";
  const text = typeof input === "string" ? JSON.stringify(input) : String(input);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
