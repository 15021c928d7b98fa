// Planted faults of what watches one request and its attempts: deadline, timeouts, commit, journal, trace.

import { faultsOf, type Mutant } from "../mutant.ts";

export const ATTEMPT: readonly Mutant[] = [
  ...faultsOf(
    "deadline",
    "policies/deadline.ts",
    ["policies/deadline.test.ts"],
    [
      ["the caller's own deadline is not kept", "Math.min(x.deadline, now + totalMs)", "now + totalMs"],
      ["a longer deadline of the caller wins", "Math.min(x.deadline, now + totalMs)", "x.deadline"],
      [
        "the inner layers do not learn of the deadline",
        "await next({ ...x, deadline: until, signal })",
        "await next({ ...x, signal })",
      ],
      ["a stream is called off at its deadline though its content runs", "timer.cancel();", ""],
      [
        "the caller's leaving does not reach the attempt",
        "const stop = x.signal.onAbort((reason) => signal.abort(reason));",
        "const stop = () => {};",
      ],
      ["an upstream's own answer is replaced by the deadline's", " && outcome.response === undefined", ""],
      ["a request that is over is called off a second time", "stop();\n", ""],
    ],
  ),
  ...faultsOf(
    "timeouts",
    "policies/timeouts.ts",
    ["policies/timeouts.test.ts"],
    [
      [
        "the head may take for ever",
        'rt.clock.timer(headMs, () => signal.abort("head"))',
        "rt.clock.timer(headMs, () => {})",
      ],
      [
        "the time for the head runs on while the answer streams",
        "timer.cancel();\n      if (!outcome.ok)",
        "if (!outcome.ok)",
      ],
      ["a long JSON answer gets no more time than a short one", "Math.max(0, look.maxTokens) * MS_PER_TOKEN", "0"],
      [
        "a JSON answer without max_tokens is given up early",
        "if (look.maxTokens === undefined) return options.total;",
        "if (look.maxTokens === undefined) return options.head;",
      ],
      [
        "a time-out for the head is told as the caller's leaving",
        'if (signal.reason === "head") return failure',
        'if (signal.reason === "") return failure',
      ],
      ["a slow reader is taken for a silent upstream", "if (flow.paused) last = clock.now();", ""],
      ["bytes do not break the silence", "seen = flow.bytes;\n      last = clock.now();", "seen = flow.bytes;"],
      ["an answer that is whole waits for its connection's end", "else if (whole) flow.complete();", ""],
      ["silence after content counts as one before it", 'verdict: early ? "too-slow" : "cut"', 'verdict: "too-slow"'],
      [
        "the caller's leaving does not end the stream",
        "const off = x.signal.onAbort((reason) => flow.abort(calledOff(reason)));",
        "const off = () => {};",
      ],
      ["the watch goes on after the end", "flow.tap({ end: () => timer?.cancel() });", ""],
    ],
  ),
  ...faultsOf(
    "commit",
    "policies/commit.ts",
    ["policies/commit.test.ts"],
    [
      [
        "an answer that broke before its content is passed on",
        "return ending === undefined || ending.fault === undefined ? outcome : broken(outcome, ending);",
        "return outcome;",
      ],
      [
        "a stream is passed on at its head",
        'await flow.hold(streamed && options.hold === "first-content" ? "content" : "end", options.hold_bytes)',
        '(streamed && options.hold === "first-content" ? "content" : await flow.hold("end", options.hold_bytes))',
      ],
      [
        "a stream that shall be whole is passed on at its content",
        'streamed && options.hold === "first-content"',
        "streamed",
      ],
      [
        "the first token may take for ever",
        "if (reader.started || reader.content) return;",
        "if (reader !== undefined) return;",
      ],
      [
        "the time for the first token runs anew from the head",
        "startedAt + firstTokenMs - rt.clock.now()",
        "firstTokenMs",
      ],
      [
        "the time for the first token cuts a stream that has content",
        "if (reader.started || reader.content) return;\n            flow.abort",
        "flow.abort",
      ],
      [
        "an early cut counts as a late one",
        'if (verdict !== "cut") return verdict;\n  return',
        "return verdict;\n  return",
      ],
      ["what the upstream said itself is lost", "held: answer.flow.told ? answer : undefined,", "held: undefined,"],
      ["the attempts that a gateway behind made are lost", "attempts: fault?.attempts ?? answer.attempts,", ""],
      [
        "the bound of what is held is not kept",
        '? "content" : "end", options.hold_bytes)',
        '? "content" : "end", Number.POSITIVE_INFINITY)',
      ],
      ["the hedge does not see what it watches", "if (x.pulse !== undefined) x.pulse.flow = flow;", ""],
    ],
  ),
  ...faultsOf(
    "journal",
    "policies/journal.ts",
    ["policies/journal.test.ts"],
    [
      ["a failed request is told nowhere", "else tell(undefined);", ""],
      [
        "a request is told when its head is there, not at its end",
        "if (outcome.ok) outcome.flow.tap({ end: tell });",
        "if (outcome.ok) tell(undefined);",
      ],
      [
        "a broken stream is told as a good one",
        'failed?.verdict ?? ending?.verdict ?? "ok"',
        'failed?.verdict ?? "ok"',
      ],
      ["the body is held until the stream ends", "{ ...x, body: null }", "x"],
      ["who paid for a shared answer is fixed too early", "reused: x.tally.reused,", "reused: undefined,"],
      [
        "the time to the first byte is the whole time",
        "const firstMs = rt.clock.now() - startedAt;",
        "const firstMs = startedAt;",
      ],
      [
        "the upstream's id is found by exact spelling only",
        'name.toLowerCase() === "request-id"',
        'name === "request-id"',
      ],
      ["the bytes of an answer are not told", "bytes: ending?.bytes ?? 0,", "bytes: 0,"],
    ],
  ),
  ...faultsOf(
    "trace",
    "policies/trace.ts",
    ["policies/trace.test.ts"],
    [
      ["attempts are not counted", "x.tally.attempts += 1;", ""],
      [
        "an attempt counts only once it is over",
        "x.tally.attempts += 1;\n      const outcome = await next(x);",
        "const outcome = await next(x);\n      x.tally.attempts += 1;",
      ],
      ["the time on the wire is that of the newest attempt only", "x.tally.wireMs += at", "x.tally.wireMs = at"],
      ["a failed attempt leaves no step", "x.tally.steps.push({", "if (outcome.ok) x.tally.steps.push({"],
      ["a failure is told as a success", 'outcome.ok ? "ok" : outcome.verdict', '"ok"'],
      [
        "the status of a refusal is not told",
        "outcome.ok ? outcome.status : outcome.response?.status",
        "outcome.ok ? outcome.status : undefined",
      ],
    ],
  ),
];
