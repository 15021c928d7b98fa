// docs/failover.md from the played bench: the rules, the scorecard, the scenarios.

import { FORMS, SCENARIOS, type Score, TIMES } from "./bench.ts";
import type { Form } from "./scenario.ts";

/** The document. It holds nothing that differs from run to run as long as the gateway behaves the same. */
export function failoverDocument(scores: readonly Score[]): string {
  return `<!-- Written by \`npm run failover\`; do not edit. -->
# The failover bench, in the Messages API

Sixteen faults after the public Failover Bench, methodology v0.1 (failoverbench/failoverbench, MIT), whose fake provider speaks the OpenAI dialect.
Here they are retold in our own words and played in the Anthropic dialect, over real sockets: client, gateway, simulator.
Make this page again with \`npm run failover\`; \`tests/failover/failover.test.ts\` plays the same bench and fails when this page is out of step.

One primary, one fallback, at most 3 attempts. Time-outs: ${Object.entries(TIMES)
    .map(([name, time]) => `${name} ${time}`)
    .join(", ")}.
The original gives each fault once; here each is played as JSON and streamed, with the default \`recover: { hold: first-content }\` and with \`recover: { hold: whole }\`.

- **pass**: the whole right answer (S13: the provider's own refusal), and everything that the scenario asks.
- **partial**: the right end, but something that the scenario asks is missing.
- **safe**: no answer, but an honest error that cannot be taken for one.
- **fail**: a truncated answer that looks whole, a hang, or a gateway that no longer answers.

In every scenario the next request, without the fault, must be answered too.

## Scorecard

| | scenario | ${FORMS.map(nameOf).join(" | ")} |
|---|---|${FORMS.map(() => "---|").join("")}
${SCENARIOS.map(({ id, title }) => `| ${id} | ${title} | ${FORMS.map((form) => verdictOf(scores, id, form)).join(" | ")} |`).join("\n")}
| | pass of 16 | ${FORMS.map((form) => scores.filter((one) => one.form === form && one.verdict === "pass").length).join(" | ")} |

With the default hold the client has seen content when S08, S09, S10 and S14 strike a stream, so the answer cannot be exchanged any more: it ends with \`event: error\`, and what came before it is named incomplete.
With the answer held until it is whole nothing can break in front of the client; pings keep the connection alive meanwhile (the test sees them), and the price is that no token arrives before the last.

## Scenarios

| | what goes wrong | what passes |
|---|---|---|
${SCENARIOS.map(({ id, fault, passes }) => `| ${id} | ${fault} | ${passes} |`).join("\n")}
`;
}

/** A form's column. */
export function nameOf({ streamed, hold }: Form): string {
  return `${streamed ? "streamed" : "JSON"}, hold ${hold}`;
}

function verdictOf(scores: readonly Score[], id: string, form: Form): string {
  return scores.find((one) => one.scenario.id === id && one.form === form)?.verdict ?? "not played";
}
