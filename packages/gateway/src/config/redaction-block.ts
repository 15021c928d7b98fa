// The block `redaction` of a project: its shape, bounds and defaults.

import { z } from "zod";
import { ALL_KINDS, GROUPS } from "../redaction/kinds.ts";
import { PARTS } from "../redaction/request-text.ts";
import { PATTERN_LENGTH, PATTERNS, patternFault, type UserPattern } from "../redaction/user-patterns.ts";

/** What a project's block comes to. */
export interface RedactionOptions {
  /** Default off. */
  readonly mode: "off" | "report" | "mask" | "refuse";
  /** Names of kinds and groups; undefined for the standard ones. */
  readonly kinds?: readonly string[] | undefined;
  readonly patterns?: readonly UserPattern[] | undefined;
  /** Default true. */
  readonly restore: boolean;
  /** Default all parts. */
  readonly scope: readonly ("system" | "messages" | "tool_results" | "tool_inputs")[];
  /** Default find. */
  readonly examples?: "find" | "leave" | undefined;
  /** Uploads to the Files API are not read. Default pass. */
  readonly files: "pass" | "refuse";
  /** What becomes of a request that could not be screened. Default refuse. */
  readonly on_failure: "refuse" | "pass";
  /** The secret behind the placeholders' tags; undefined for one made of the project's keys. */
  readonly secret?: string | undefined;
}

const NAMES = [...ALL_KINDS, ...Object.keys(GROUPS)] as [string, ...string[]];

const pattern = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, {
        error: "must be 1 to 32 letters, digits, dashes or underscores, beginning with a letter",
      })
      .meta({ description: "What placeholders, headers and metrics call it." }),
    regex: z
      .string()
      .max(PATTERN_LENGTH, { error: `must be at most ${PATTERN_LENGTH} characters` })
      .meta({ description: "RE2 syntax. A group (?P<value>…) narrows what is masked." }),
    ignore_case: z.boolean().default(false).meta({ description: "Whether capitals and small letters are the same." }),
  })
  .superRefine((one, context) => {
    const fault = patternFault(one);
    if (fault !== undefined)
      context.addIssue({ code: "custom", path: ["regex"], message: fault.message, input: one.regex });
  });

const block = z.strictObject({
  mode: z.enum(["off", "report", "mask", "refuse"]).default("off").meta({
    description:
      "off: nothing is read; report: found kinds are counted; mask: placeholders go out in the place of what is found; refuse: such a request is answered with 400.",
  }),
  kinds: z
    .array(z.enum(NAMES))
    .min(1, { error: "must name at least one kind; leave it out for the standard ones, or write mode: off" })
    .optional()
    .meta({ description: "What is looked for. Default: all but ip and cn_plate." }),
  patterns: z
    .array(pattern)
    .max(PATTERNS, { error: `must hold at most ${PATTERNS} patterns` })
    .superRefine((all, context) => {
      all.forEach((one, i) => {
        if (all.findIndex((other) => other.name === one.name) < i) {
          context.addIssue({
            code: "custom",
            path: [i, "name"],
            message: `there is another pattern ${JSON.stringify(one.name)} above; rename or remove one`,
            input: one.name,
          });
        }
      });
    })
    .optional()
    .meta({ description: "Patterns of your own, matched in linear time." }),
  restore: z
    .boolean()
    .default(true)
    .meta({ description: "With mask: whether values are put back where the answer uses their placeholders." }),
  scope: z
    .array(z.enum(PARTS as unknown as ["system", "messages", "tool_results", "tool_inputs"]))
    .min(1, { error: "must name at least one part; leave it out for all" })
    .default([...PARTS])
    .meta({ description: "Which parts of a request are read. Default: all." }),
  examples: z.enum(["find", "leave"]).default("find").meta({
    description:
      "Whether that is found too which is published as an example: addresses at example.com, card numbers for tests, 555-01xx, sample keys of AWS.",
  }),
  files: z
    .enum(["pass", "refuse"])
    .default("pass")
    .meta({ description: "Uploads to /v1/files are not read: whether they pass, or are refused." }),
  on_failure: z.enum(["refuse", "pass"]).default("refuse").meta({
    description:
      "With mask and refuse: whether a request that could not be read in time is refused with 503, or passes.",
  }),
  secret: z.string().optional().meta({
    description: `What the tags of placeholders are made with, as a reference: \${NAME} or file:./path. Default: made of the project's keys.`,
  }),
});

/** The block in fairlead.yaml. */
export const redactionBlock = block.optional() as unknown as z.ZodType<RedactionOptions | undefined>;

/** The block of a project that is in the store: the secret behind its tags is the gateway's own. */
export const storedRedaction = block.omit({ secret: true }) as unknown as z.ZodType<RedactionOptions>;
