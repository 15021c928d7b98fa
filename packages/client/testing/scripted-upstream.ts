// A virtual upstream for worlds: each attempt draws what it meets from a seed, in virtual time, and is written down.

import { type Exchange, failure, type Outcome, type Source, type SourceSink, type Target } from "@fairlead/engine";
import { judge } from "@fairlead/providers/anthropic";
import { between, pause, pick, type Random, type Runtime } from "@fairlead/runtime";

/** What an attempt met, and what became of it. */
export interface Sent {
  readonly id: string;
  readonly target: string;
  readonly platform: string;
  readonly at: number;
  readonly x: Exchange;
  readonly mode: string;
  /** What the answer's body is when nothing breaks it; empty for errors. */
  whole: string;
  /** Whether all of `whole` was sent and HTTP ended as it must. */
  complete: boolean;
  /** Retry-After of an error answer, milliseconds, and when it was told. */
  asked: number | undefined;
  toldAt: number | undefined;
  status: number | undefined;
  /** The source was given up by us. */
  cancelledAt: number | undefined;
}

/** How bad an upstream is: the share of attempts that meet a fault. */
export interface Weather {
  readonly faults: number;
  readonly modes: readonly string[];
}

const ERRORS: { readonly [mode: string]: readonly [number, string] } = {
  "400": [400, "invalid_request_error"],
  "401": [401, "authentication_error"],
  "404": [404, "not_found_error"],
  "409": [409, "conflict_error"],
  "413": [413, "request_too_large"],
  "429": [429, "rate_limit_error"],
  "500": [500, "api_error"],
  "503": [503, "api_error"],
  "504": [504, "timeout_error"],
  "529": [529, "overloaded_error"],
};

/** Every way to fail that worlds know. */
export const MODES = [
  ...Object.keys(ERRORS),
  ...["refused", "no-connection", "reset", "no-head", "error-body-stalls", "html", "empty", "clean-end"],
  ...[
    "cut-0",
    "cut-1",
    "cut-2",
    "cut-3",
    "cut-5",
    "stall-0",
    "stall-1",
    "stall-2",
    "stall-4",
    "error-1",
    "error-2",
    "error-3",
  ],
  ...["junk-1", "junk-3", "slow", "pings"],
];

/** Makes a target. All that is sent to it is pushed to `log`. */
export function scriptedUpstream(
  name: string,
  platform: string,
  weather: Weather,
  chance: Random,
  rt: Runtime,
  strict: boolean,
  log: Sent[],
): Target {
  return {
    name,
    platform,
    account: name,
    contextWindow: () => 200_000,
    modelName: (model) => model,
    async send(x: Exchange): Promise<Outcome> {
      const faulty = chance.next() < weather.faults;
      const mode = faulty ? (weather.modes[pick(chance, weather.modes.length)] ?? "500") : "ok";
      const sent: Sent = {
        ...{ id: x.id, target: name, platform, at: rt.clock.now(), x, mode, whole: "", complete: false },
        ...{ asked: undefined, toldAt: undefined, status: undefined, cancelledAt: undefined },
      };
      log.push(sent);
      const off = () => failure("client_gone", {}, { target: this });
      const lost = (code: "cut_early" | "unreachable", unsent: boolean) =>
        failure(code, { upstream: name, reason: mode }, { target: this, unsent });
      if (mode === "no-connection" || mode === "no-head") {
        await called(x);
        return off();
      }
      if (!(await pause(rt.clock, between(chance, 1, mode === "slow" ? 4_000 : 300), x.signal))) return off();
      if (mode === "refused") return lost("unreachable", true);
      if (mode === "reset") return lost("cut_early", false);

      const how = { target: this, rewritten: false, strict, wall: rt.clock.wall() };
      const answer = (status: number, headers: readonly string[], steps: readonly Step[]) => {
        sent.status = status;
        const source = new ScriptedSource(steps, chance, rt, sent);
        return judge(x, { status, headers, source }, how);
      };
      const error = ERRORS[mode === "error-body-stalls" ? "500" : mode];
      if (error !== undefined) {
        const [status, type] = error;
        const headers = ["content-type", "application/json"];
        if ((status === 429 || status >= 500) && chance.next() < 0.6) {
          sent.asked = pick(chance, 4) === 0 ? 15_000 : pick(chance, 3_500);
          headers.push("retry-after-ms", String(sent.asked));
        }
        const text = JSON.stringify({ type: "error", error: { type, message: mode } });
        const steps: Step[] = mode === "error-body-stalls" ? [text.slice(0, 9), "stall"] : [text, "end"];
        return answer(status, headers, steps);
      }
      if (mode === "html") return answer(200, ["content-type", "text/html"], ["<html>Welcome</html>", "end"]);
      if (!x.look.stream || x.look.dialect === "plain") {
        sent.whole = JSON.stringify({
          id: "msg",
          type: "message",
          model: "m",
          content: [{ text: mark(sent, log) }],
          usage: {},
        });
        return answer(200, ["content-type", "application/json"], brokenJson(sent.whole, mode));
      }
      const frames = story(mark(sent, log), chance);
      sent.whole = frames.join("");
      return answer(200, ["content-type", "text/event-stream"], broken(frames, mode));
    },
  };
}

/** Resolves when the attempt is called off. */
function called(x: Exchange): Promise<void> {
  return new Promise((resolve) => {
    x.signal.onAbort(() => resolve());
  });
}

/** Words that no other attempt of the world says. */
function mark(sent: Sent, log: readonly Sent[]): string {
  return `${sent.id}/${log.length}`;
}

type Step = string | "end" | "reset" | "stall";

/** The frames of a whole answer. Frame 0 is the start, 1 opens a block, from 2 on comes content. */
function story(words: string, chance: Random): string[] {
  const frame = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify({ type: name, ...data })}\n\n`;
  const frames = [
    frame("message_start", { message: { id: "msg", model: "m", usage: { input_tokens: 3, output_tokens: 1 } } }),
    frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ];
  for (let n = 2 + pick(chance, 5); n > 0; n--) {
    const text = chance.next() < 0.1 ? "x".repeat(100_000) : `${words} ${n}`;
    frames.push(frame("content_block_delta", { index: 0, delta: { type: "text_delta", text } }));
    if (chance.next() < 0.2) frames.push(frame("ping", {}));
  }
  frames.push(
    frame("content_block_stop", { index: 0 }),
    frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 5 } }),
    frame("message_stop", {}),
  );
  return frames;
}

function broken(frames: readonly string[], mode: string): Step[] {
  const [how, at] = mode.split("-") as [string, string | undefined];
  const before = frames.slice(0, Number(at ?? 0));
  switch (how) {
    case "cut":
      return [...before, frames[before.length]?.slice(0, 12) ?? "", "reset"];
    case "stall":
      return [...before, "stall"];
    case "error":
      return [
        ...before,
        'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n',
        "end",
      ];
    case "junk":
      return [...before, "event: content_block_delta\ndata: {oops\n\n", ...frames.slice(before.length), "end"];
    case "empty":
      return ["end"];
    case "clean":
      return [...frames.slice(0, 3), "end"];
    case "pings":
      return [frames[0] ?? "", ...Array.from({ length: 40 }, () => "event: ping\ndata: {}\n\n"), "stall"];
    default:
      return [...frames, "end"];
  }
}

function brokenJson(whole: string, mode: string): Step[] {
  if (/^(cut|error|junk|clean|pings)/.test(mode)) return [whole.slice(0, 20), mode.startsWith("cut") ? "reset" : "end"];
  if (mode.startsWith("stall")) return [whole.slice(0, 20), "stall"];
  return mode === "empty" ? ["end"] : [whole.slice(0, 30), whole.slice(30), "end"];
}

/** Plays steps with pauses of virtual time between them, in pieces that do not keep to frames. */
class ScriptedSource implements Source {
  readonly #steps: Step[];
  readonly #chance: Random;
  readonly #rt: Runtime;
  readonly #sent: Sent;
  #sink: SourceSink | undefined;
  #paused = false;
  #waiting = false;

  constructor(steps: readonly Step[], chance: Random, rt: Runtime, sent: Sent) {
    this.#steps = steps.flatMap((step) => pieces(step, chance));
    this.#chance = chance;
    this.#rt = rt;
    this.#sent = sent;
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    this.#schedule();
  }
  pause(): void {
    this.#paused = true;
  }
  resume(): void {
    this.#paused = false;
    this.#schedule();
  }
  cancel(): void {
    this.#sink = undefined;
    this.#sent.cancelledAt ??= this.#rt.clock.now();
  }

  #schedule(): void {
    if (this.#waiting || this.#paused || this.#sink === undefined || this.#steps.length === 0) return;
    this.#waiting = true;
    this.#rt.clock.timer(between(this.#chance, 0, 120), () => {
      this.#waiting = false;
      if (!this.#paused) this.#play();
      this.#schedule();
    });
  }

  #play(): void {
    const sink = this.#sink;
    const step = this.#steps.shift();
    if (sink === undefined || step === undefined || step === "stall") return;
    if (step === "end") {
      this.#sent.complete = true;
      // An error is told once its body is here.
      if (this.#sent.asked !== undefined) this.#sent.toldAt = this.#rt.clock.now();
      sink.end();
    } else if (step === "reset") sink.fail("reset by the script");
    else sink.data(Buffer.from(step));
  }
}

function pieces(step: Step, chance: Random): Step[] {
  if (step === "end" || step === "reset" || step === "stall" || step.length < 4 || chance.next() < 0.7) return [step];
  const at = 1 + pick(chance, step.length - 2);
  return [step.slice(0, at), step.slice(at)];
}
