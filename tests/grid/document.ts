// docs/grid.md from the played grid: the rules, the exemptions with their reasons, and the table.

import { FAULT_GRID } from "@fairlead/simulator";
import { expected, FINAL, NO_FAILURE, ODD_REASONS } from "./expectation.ts";
import { counts, type Verdict } from "./grid.ts";
import { ATTEMPTS, PARAMS, TIMES } from "./play.ts";

/** The document. It holds nothing that differs from run to run as long as the gateway behaves the same. */
export function gridDocument(verdicts: readonly Verdict[]): string {
  const bad = verdicts.filter(({ violations }) => violations.length > 0);
  return `<!-- Written by \`npm run grid\`; do not edit. -->
# What becomes of every fault

The ${verdicts.length} cells of the simulator's grid (fault by phase, streamed or not), each played over real sockets: client, gateway, simulator.
Make this page again with \`npm run grid\`; \`tests/grid/grid.test.ts\` plays the same grid and fails when this page is out of step.

Each cell is played with a healthy second upstream, again with the faulty one alone, and, when it is streamed, once more with a second upstream and \`recover: { hold: whole }\`; each time with a simulator and a gateway of its own.
The fault is always on at the first upstream. Attempts: at most ${ATTEMPTS}. Time-outs: ${Object.entries(TIMES)
    .map(([name, ms]) => `${name} ${ms} ms`)
    .join(", ")}.
Parameters other than a fault's own: ${Object.entries(PARAMS)
    .map(([name, params]) => `${name} ${JSON.stringify(params).replaceAll('"', "")}`)
    .join("; ")}.

## Rules

1. A fault before the first content is **invisible**: status 200 and the whole right answer. A JSON answer is held until it is whole, so all of it counts as before its content.
2. A fault after the first content ends the stream with an error event: ours (**honest error**, behind exactly the bytes that the upstream sent) or the upstream's own (**told error**, all bytes the upstream's).
3. An oddity that is no failure **passed**: whole and byte for byte.
4. An error that is the request's own is the upstream's **own error**: status, body, request-id and retry headers unchanged.
5. With one upstream only, an error that the upstream put into words arrives unchanged; where it said nothing, the error is ours (**our error**) and names the cause.
6. A stream that is held until it is whole cannot break in front of the client: whatever rule 2 ends with an error is invisible.
7. Never: an ending that looks clean and is cut, a broken HTTP framing, altered bytes, more attempts than allowed (told by \`fairlead-attempts\`, counted by the simulator), an answer after the deadline.

Result: ${bad.length === 0 ? `no violation in ${verdicts.length} cells` : `${bad.length} of ${verdicts.length} cells violate a rule`}. With a second upstream: ${tally(verdicts, "pair")}. Alone: ${tally(verdicts, "alone")}. Streams held: ${tally(verdicts, "held")}.

## Not hidden, and why

| fault | reason |
|---|---|
${Object.entries(FINAL)
  .map(([name, why]) => `| ${name} | ${why} |`)
  .join("\n")}

## No failure, and why

| fault | reason |
|---|---|
${Object.entries(NO_FAILURE)
  .map(([name, why]) => `| ${name} | ${why} |`)
  .join("\n")}

Single cells: ${oddCells(verdicts).join("; ")}.

## The table

Each entry: outcome, and in brackets the attempts. A dash: the fault has no meaning there.

| fault | phase | streamed | JSON | streamed, alone | JSON, alone | streamed, held whole |
|---|---|---|---|---|---|---|
${rows(verdicts)
  .map((row) => `| ${row.join(" | ")} |`)
  .join("\n")}
`;
}

/** The table's rows: fault, phase, and the five entries. */
export function rows(verdicts: readonly Verdict[]): string[][] {
  const keys = [...new Set(FAULT_GRID.map(({ fault, phase }) => `${fault} ${phase}`))];
  return keys.flatMap((key) => {
    const [fault = "", phase = ""] = key.split(" ");
    const at = (streamed: boolean) =>
      verdicts.find(({ cell }) => cell.fault === fault && cell.phase === phase && cell.streamed === streamed);
    const [stream, json] = [at(true), at(false)];
    if (stream === undefined && json === undefined) return [];
    const pair = (one: Verdict | undefined) => (one === undefined ? "-" : `${one.pair} (${one.attempts})`);
    const alone = (one: Verdict | undefined) => (one === undefined ? "-" : `${one.alone} (${one.aloneAttempts})`);
    const held = stream === undefined ? "-" : `${stream.held} (${stream.heldAttempts})`;
    return [[fault, phase, pair(stream), pair(json), alone(stream), alone(json), held]];
  });
}

function tally(verdicts: readonly Verdict[], which: "pair" | "alone" | "held"): string {
  return counts(verdicts, (verdict) => verdict[which])
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(", ");
}

function oddCells(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap(({ cell }) => {
    const { why } = expected(cell);
    if (why === undefined || !ODD_REASONS.includes(why)) return [];
    return [`${cell.fault} at ${cell.phase} ${cell.streamed ? "streamed" : "as JSON"}: ${why}`];
  });
}
