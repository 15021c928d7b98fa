// What redaction costs: bodies of several sizes, the time until they may go on, and the time that the event loop is held.
//
// node --conditions=source bench/redaction.ts

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Redaction } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";

const PROSE =
  "The quarterly report is due on Friday; 请在周五之前发给我。 const total = rows.reduce((a, b) => a + b.amount, 0); ";
const SIZES = [1_000, 8_000, 64_000, 1_000_000, 8_000_000];
const RUNS = 15;

const redaction = new Redaction(
  [
    {
      name: "bench",
      keys: ["key"],
      redaction: {
        mode: "mask",
        restore: true,
        scope: ["system", "messages", "tool_results", "tool_inputs"],
        files: "pass",
        on_failure: "refuse",
      },
    },
  ],
  systemRuntime().clock,
);
const policy = redaction.policy("bench");
if (policy === undefined) throw new Error("no policy");

const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

process.stdout.write("bytes      found   until it goes on, ms   loop busy, ms   longest hold, ms (medians)\n");
for (const size of SIZES) {
  let text = "";
  for (let i = 0; text.length < size; i++) text += i % 10 === 0 ? `${PROSE}mail a${i}@nordwind-handel.de ` : PROSE;
  const body = Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: text.slice(0, size) }] }));
  for (let i = 0; i < 5; i++) await redaction.screen(policy, body);
  const took: number[] = [];
  const busy: number[] = [];
  const hold: number[] = [];
  let found = 0;
  for (let i = 0; i < RUNS; i++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await new Promise((resolve) => setTimeout(resolve, 5));
    delay.reset();
    const before = performance.eventLoopUtilization();
    const start = performance.now();
    const screened = await redaction.screen(policy, body);
    took.push(performance.now() - start);
    busy.push(performance.eventLoopUtilization(before).active);
    await new Promise((resolve) => setTimeout(resolve, 2));
    hold.push(delay.max / 1e6);
    delay.disable();
    found = screened.counts.reduce((sum, [, count]) => sum + count, 0);
  }
  const cells = [
    String(body.length).padEnd(9),
    String(found).padStart(7),
    middle(took).toFixed(1).padStart(22),
    middle(busy).toFixed(1).padStart(15),
    middle(hold).toFixed(1).padStart(18),
  ];
  process.stdout.write(`${cells.join(" ")}\n`);
}
redaction.close();
