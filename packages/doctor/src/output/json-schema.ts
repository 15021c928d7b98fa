// The JSON Schema (draft 2020-12) of the report that `--json` prints. Published as docs/reference/doctor-report.schema.json.

import { LAYERS } from "../layer.ts";
import { SCHEMA } from "../report.ts";
import { LANGUAGES } from "../words.ts";

const TEXT = { type: "string" } as const;
const FILLED = { type: "string", minLength: 1 } as const;
const LAYER = { enum: LAYERS } as const;

function record(properties: { readonly [name: string]: unknown }, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false } as const;
}

function list(items: unknown, about: string) {
  return { type: "array", items, description: about } as const;
}

const FIX = record({
  os: { enum: ["any", "linux", "macos", "windows"] },
  shell: { enum: ["any", "sh", "fish", "powershell", "cmd"] },
  commands: list(FILLED, "To be pasted as they are. Empty when there is nothing to type."),
  note: TEXT,
});

const FINDING = record(
  {
    code: { type: "string", pattern: "^(ENV|DNS|TCP|MTU|TLS|PROXY|HTTP|AUTH|ACCOUNT|STREAM|LONG)_[A-Z0-9_]+$" },
    layer: LAYER,
    severity: { enum: ["error", "warning", "info"] },
    confidence: { type: "number", minimum: 0, maximum: 1 },
    title: FILLED,
    why: FILLED,
    evidence: list(FILLED, "What was seen that speaks for it."),
    fix: list({ $ref: "#/$defs/fix" }, "Ways to put it right; those for this machine first."),
    letter: { ...FILLED, description: "A text for the network administrator, when the fix is theirs." },
    sources: list({ type: "string", pattern: "^https://" }, "Where it was learned."),
  },
  ["letter"],
);

const PROBE = record({
  id: { type: "string", pattern: "^[a-z]+\\.[a-z-]+$" },
  layer: LAYER,
  title: FILLED,
  status: { enum: ["pass", "warn", "fail", "skip"] },
  ms: { type: "integer", minimum: 0 },
  note: { ...TEXT, description: "What was seen, or why it was skipped." },
  facts: { description: "What rules read; its shape belongs to the probe. null when it found nothing or did not run." },
});

const SETTING = record({
  name: FILLED,
  value_masked: TEXT,
  source: FILLED,
  effective: { type: "boolean", description: "Whether this is the value that the program uses." },
});

/** The schema. Version 1 of the shape; a field may be added within a version, none goes away or changes its meaning. */
export const REPORT_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  $id: "urn:fairlead:doctor:report:1",
  title: "Report of fairlead doctor",
  ...record({
    schema: { const: SCHEMA },
    language: { enum: LANGUAGES },
    target: record({
      url: FILLED,
      platform: { enum: ["anthropic", "bedrock", "vertex", "foundry", "custom"] },
      source: FILLED,
      as: { enum: ["node", "claude-code", "python", "curl"] },
      as_version: { type: ["string", "null"] },
      via: FILLED,
    }),
    state: {
      enum: ["whole", "broken", "undecided"],
      description: "whole: it works (exit code 0). broken: a fault was found (1). undecided: neither is sure (2).",
    },
    verdict: { anyOf: [{ $ref: "#/$defs/finding" }, { type: "null" }] },
    runner_up: { anyOf: [{ $ref: "#/$defs/finding" }, { type: "null" }] },
    findings: list({ $ref: "#/$defs/finding" }, "All that applied, the root first."),
    probes: list({ $ref: "#/$defs/probe" }, "In the order of the line."),
    environment: list({ $ref: "#/$defs/setting" }, "Every value that was found, masked, with where it is set."),
    machine: record({ os: FILLED, node: FILLED, doctor: FILLED }),
    began_at: { type: "string", format: "date-time" },
    duration_ms: { type: "integer", minimum: 0 },
  }),
  $defs: { finding: FINDING, fix: FIX, probe: PROBE, setting: SETTING },
} as const;
