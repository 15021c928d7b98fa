// Plays the sixteen scenarios in their four forms and judges them: pass, partial, safe or fail.

import type { Sighting } from "@fairlead/simulator";
import { contentOf, streamEnd } from "../grid/sight.ts";
import { MODEL, type Stand, startStand } from "../grid/stand.ts";
import { ANSWERS } from "./answers.ts";
import { FLAP } from "./flap.ts";
import type { Check, Form, Run, Scenario } from "./scenario.ts";
import { STREAMS } from "./streams.ts";

/** The sixteen, by number. */
export const SCENARIOS: readonly Scenario[] = [...ANSWERS, ...STREAMS, FLAP].sort((a, b) => (a.id < b.id ? -1 : 1));

/** The four forms, in the order of the scorecard's columns. */
export const FORMS: readonly Form[] = [
  { streamed: false, hold: "first-content" },
  { streamed: true, hold: "first-content" },
  { streamed: false, hold: "whole" },
  { streamed: true, hold: "whole" },
];

/**
 * `pass`: the right end and everything that was asked. `partial`: the right end, but something that was asked is missing.
 * `safe`: not the answer, but an honest error that cannot be taken for one. `fail`: anything else, such as a truncated
 * answer that looks whole, a hang, or a gateway that no longer answers.
 */
export type Verdict = "pass" | "partial" | "safe" | "fail";

/** One judged run. */
export interface Score {
  readonly scenario: Scenario;
  readonly form: Form;
  readonly verdict: Verdict;
  /** What did not hold. */
  readonly missing: readonly string[];
  readonly primary: number;
  readonly fallback: number;
  readonly ms: number;
}

/** The gateway's time-outs and attempts in all scenarios. */
export const TIMES = { connect: "500ms", head: "1500ms", first_token: "1500ms", idle: "1500ms", total: "20s" } as const;
const ATTEMPTS = 3;
/** Longer than any request may take, milliseconds. */
const PATIENCE_MS = 22_000;
/** Runs at the same time: most of a run is waiting. */
const AT_ONCE = 12;

/** A third of the answer is thinking, two thirds are text, some 270 tokens in 0.7 s: half of the text is two thirds of all. */
const ANSWER = JSON.stringify({
  blocks: [
    { type: "thinking", words: 60 },
    { type: "text", words: 120 },
  ],
  delta_chars: 24,
  tokens_per_second: 400,
});

/** Plays scenarios, all of them in all forms by default. `tell` hears of each as it is done. */
export async function playBench(
  tell: (score: Score) => void = () => {},
  scenarios: readonly Scenario[] = SCENARIOS,
): Promise<Score[]> {
  const wanted = scenarios.flatMap((scenario) => FORMS.map((form) => ({ scenario, form })));
  const scores = new Map<string, Score>();
  // The longest first, so that nothing waits for it at the end.
  const waiting = [...wanted].sort((a, b) => Number(b.scenario === FLAP) - Number(a.scenario === FLAP));
  const lane = async () => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const score = await playOne(one.scenario, one.form);
      scores.set(keyOf(one.scenario, one.form), score);
      tell(score);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return wanted.map(({ scenario, form }) => scores.get(keyOf(scenario, form)) as Score);
}

function keyOf({ id }: Scenario, { streamed, hold }: Form): string {
  return `${id} ${streamed} ${hold}`;
}

async function playOne(scenario: Scenario, form: Form): Promise<Score> {
  const stand = await startStand({
    regions: ["primary", "fallback"],
    seed: "failover",
    ...(scenario.upstream === undefined ? {} : { upstream: scenario.upstream }),
    config: `
timeouts: { ${Object.entries(TIMES)
      .map(([name, time]) => `${name}: ${time}`)
      .join(", ")} }
retry: { attempts: ${ATTEMPTS} }
recover: { hold: ${form.hold} }
stream: { ping: 1s }${scenario.config ?? ""}`,
  });
  try {
    const right = await ask(stand, form, "fallback");
    stand.simulator.reset();
    for (const fault of scenario.faults(form)) stand.fault({ ...fault, filter: { region: "primary" } });
    const acted = await (scenario.act?.(stand, () => ask(stand, form)) ?? one(stand, form));
    const run: Run = {
      form,
      stand,
      seen: acted.seen,
      right,
      primary: [...stand.reached("primary")],
      fallback: [...stand.reached("fallback")],
    };
    const checks = [...scenario.checks(run), ...acted.checks];
    stand.simulator.faults.clear();
    const after = await ask(stand, form);
    checks.push(["the next request is answered", endOf(form, after, right) === "answered"]);
    return { ...judge(scenario, run, checks), primary: run.primary.length, fallback: run.fallback.length };
  } finally {
    await stand.close();
  }
}

async function one(stand: Stand, form: Form): Promise<{ seen: Sighting; checks: Check[] }> {
  return { seen: await ask(stand, form), checks: [] };
}

/** The request of every scenario, to the gateway or straight to a region. */
export function ask(stand: Stand, { streamed }: Form, direct?: string, answer = ANSWER): Promise<Sighting> {
  const body = {
    model: MODEL,
    max_tokens: 32,
    stream: streamed,
    thinking: { type: "adaptive" },
    messages: [{ role: "user", content: "A question." }],
  };
  const headers = { "x-simulator-answer": answer };
  return stand.ask(body, { headers, patienceMs: PATIENCE_MS, mostMs: PATIENCE_MS }, direct);
}

function judge(
  scenario: Scenario,
  { form, seen, right }: Run,
  checks: readonly Check[],
): Omit<Score, "primary" | "fallback"> {
  const end = endOf(form, seen, right);
  const missing = checks.filter(([, ok]) => !ok).map(([says]) => says);
  const alive = checks.at(-1)?.[1] === true;
  const wanted = scenario.end === "refused" ? "honest" : "answered";
  const verdict: Verdict =
    end === "wrong" || !alive ? "fail" : end !== wanted ? "safe" : missing.length > 0 ? "partial" : "pass";
  return {
    scenario,
    form,
    verdict,
    missing: end === wanted ? missing : [...missing, `ended ${end}`],
    ms: Math.round(seen.totalMs),
  };
}

/** `answered`: the whole right answer. `honest`: an error, by status or as the last event. `wrong`: neither. */
export function endOf({ streamed }: Form, seen: Sighting, right: Sighting): "answered" | "honest" | "wrong" {
  if (seen.status === 0 || !seen.whole) return "wrong";
  if (seen.status !== 200) return "honest";
  if (streamed) {
    const end = streamEnd(seen.body);
    if (end === "error") return "honest";
    if (end === "cut") return "wrong";
  }
  const content = contentOf(seen, streamed);
  return content !== undefined && content === contentOf(right, streamed) ? "answered" : "wrong";
}
