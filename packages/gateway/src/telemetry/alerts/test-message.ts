// A message to each target of a configuration, to see whether it arrives.

import { newId, type Runtime } from "@fairlead/runtime";
import type { AlertOptions } from "./alert-options.ts";
import { sendOnce } from "./delivery.ts";

/** What a target said. */
export interface TestReply {
  readonly target: string;
  readonly kind: string;
  readonly ok: boolean;
  /** 0 when there was no answer. */
  readonly status: number;
  /** What it answered, cut short, or why there was no answer. */
  readonly said: string;
}

/** Sends a test message to targets, one after the other; `names` undefined means all. Never rejects. */
export async function sendTestAlerts(
  options: AlertOptions,
  names: readonly string[] | undefined,
  instance: string,
  rt: Runtime,
): Promise<readonly TestReply[]> {
  const replies: TestReply[] = [];
  for (const target of options.targets) {
    if (names !== undefined && !names.includes(target.name)) continue;
    const wall = rt.clock.wall();
    const bundle = {
      id: newId(rt.random, "alr_"),
      alerts: [
        {
          rule: "test",
          watched: "request_tokens" as const,
          severity: "info" as const,
          state: "event" as const,
          labels: { project: "test" },
          value: 12_345,
          threshold: 10_000,
          unit: "tokens" as const,
          since: wall,
          at: wall,
          fingerprint: "test/test",
        },
      ],
      more: 0,
      language: target.language ?? options.language,
      at: wall,
      instance,
      test: true,
    };
    const { status, body, reception } = await sendOnce(target, bundle, options.timeout, rt.clock);
    const ok = reception.result === "sent";
    replies.push({
      target: target.name,
      kind: target.kind,
      ok,
      status,
      said: reception.result === "sent" ? body : reception.why,
    });
  }
  return replies;
}
