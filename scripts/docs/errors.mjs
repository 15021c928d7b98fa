// Makes docs/reference/errors.md: every error code of Fairlead's own, and the failure table that policies read.
import { code, table } from "./markdown-table.mjs";

export const file = "docs/reference/errors.md";

export async function make() {
  const { CODES, VERDICTS } = await import("@fairlead/engine");
  const codes = Object.entries(CODES).map(([name, row]) => [
    code(`fairlead_${name}`),
    row.status,
    code(row.type),
    row.message,
    row.final ? "no" : "yes",
    code(row.verdict),
  ]);
  const verdicts = Object.entries(VERDICTS).map(([name, row]) => [
    code(name),
    row.scope,
    row.same,
    row.move,
    row.first,
    row.breaker,
    row.cost,
    `${row.baseMs} ms`,
    row.billed,
  ]);
  return [
    "# Errors\n",
    "Fairlead answers with an error of its own only when there is no answer of an upstream to pass on. It has the shape of the",
    'Claude API: `{"type":"error","error":{"type","message","details":{"error_code"}},"request_id"}`. `error_code` is the name',
    "below. Where trying again cannot help, the answer carries `x-should-retry: false`. `{words}` in a message are filled in.\n",
    "The admin address has codes of its own: [admin-api.md](admin-api.md).\n",
    table(["error_code", "status", "error.type", "message", "try again", "verdict"], codes),
    "## Verdicts\n",
    "Every attempt, whoever answered, comes to one of these. Policies read the verdict, never the status.\n",
    "- blame: what the failure counts against. `same`: how often the same target may be tried again. `move`: whether another",
    "  target may be tried (`larger`: one with a larger context window). `first`: which of the two is done first.",
    "- breaker: weight of one such failure in the circuit. cost: tokens that trying the same target again draws from the retry",
    "  budget. base: base of the back-off before that. billed: whether the provider bills the failed attempt.\n",
    table(["verdict", "blame", "same", "move", "first", "breaker", "cost", "base", "billed"], verdicts).trimEnd(),
  ].join("\n");
}
