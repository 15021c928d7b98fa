// Nested retries: the SDK's own in front of the gateway's, while the upstream is out, must not multiply.
import { Bus, systemRuntime } from "@fairlead/runtime";
import { afterEach, expect, test, vi } from "vitest";
import { installed } from "./installed.ts";
import { CLIENT_KEY, startWorld, type World } from "./world.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

const PROMPT = {
  model: "claude-sonnet-4-6",
  max_tokens: 50,
  messages: [{ role: "user" as const, content: "say: anything" }],
};
/** Attempts that the upstream may see for one call of a client, all retries of all layers included. */
const MOST_PER_CALL = 1.2;
/** Minutes of back-off pass in seconds: time runs this much faster, for the SDK, the gateway and the simulator alike. */
const SPEED = 60;

let world: World;
afterEach(async () => {
  vi.unstubAllGlobals();
  await world.close();
});

/** Time and chance of the machine, with a clock that runs `SPEED` times as fast; `setTimeout` does so too. */
function hurry() {
  const real = globalThis.setTimeout;
  const faster = (run: () => void, ms = 0) => real(run, ms / SPEED);
  vi.stubGlobal("setTimeout", faster);
  const clock = {
    now: () => performance.now() * SPEED,
    wall: () => Date.now(),
    timer(ms: number, run: () => void) {
      const handle = faster(run, ms);
      return { cancel: () => clearTimeout(handle) };
    },
  };
  const bus = new Bus();
  return { clock, random: systemRuntime().random, bus, emit: bus.emit };
}

test.each([
  { calls: 30, how: "one after the other", stream: false },
  { calls: 30, how: "one after the other", stream: true },
  { calls: 40, how: "at once", stream: false },
  { calls: 40, how: "at once", stream: true },
])(
  "$calls calls $how during an outage (streamed: $stream) cost the upstream little more than an attempt each",
  async ({ calls, how, stream }) => {
    world = await startWorld({ runtime: hurry() });
    world.fault({ kind: "overloaded" });
    const client = new Anthropic({ baseURL: world.url, apiKey: CLIENT_KEY });
    expect(client.maxRetries).toBe(2);
    const call = () =>
      client.messages.create({ ...PROMPT, stream }).then(
        () => "an answer",
        (e: unknown) => (e instanceof Anthropic.OverloadedError ? e.status : e),
      );
    const ends: unknown[] = [];
    if (how === "at once") ends.push(...(await Promise.all(Array.from({ length: calls }, call))));
    else for (let n = 0; n < calls; n++) ends.push(await call());

    expect(ends).toEqual(ends.map(() => 529));
    // The SDK did retry: it is the gateway that kept its retries from the upstream.
    expect(world.tap.requests.length).toBeGreaterThan(calls * 1.5);
    const attempts = world.received("/v1/messages").length;
    expect(attempts).toBeGreaterThan(0);
    expect(attempts / calls).toBeLessThanOrEqual(MOST_PER_CALL);
  },
  60_000,
);
