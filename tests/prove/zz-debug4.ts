import { readConfig, stack } from "@fairlead/gateway";
import { NO_USAGE } from "@fairlead/protocol";
import { normal } from "@fairlead/runtime";
import { rowOf } from "./invariants.ts";
import { PLATFORM } from "./platform.ts";
import { World } from "./world.ts";

const codes: any = {};
const stacks: any[] = [];
const subject: any = {
  name: "fairlead",
  source: "",
  ours: true,
  spreads: true,
  timesAttempts: false,
  settle() {
    const { config } = readConfig(
      `upstreams:\n  - { name: primary, provider: anthropic, platform: primary, api_key: "\${K}" }\nprojects: [{ name: web, keys: ["\${P}"] }]\n`,
      "f.yaml",
      { K: "sk-ant-upstream", P: "fl-a-key-of-sixteen" },
    );
    return ({ rt, targets }: any) => {
      const s = stack(config, () => targets, rt);
      stacks.push(s);
      return {
        run: async (x: any) => {
          const o: any = await s.pipeline.run(x);
          const who = x.principal.project === "tenant-0" ? "flood" : "light";
          const k =
            who +
            " " +
            (o.ok
              ? "ok"
              : String(o.code ?? o.verdict) + " " + x.tally.steps.map((t: any) => t.what + ":" + t.why).join(","));
          codes[k] = (codes[k] ?? 0) + 1;
          return o;
        },
      };
    };
  },
};
const TEXT = Buffer.concat([
  Buffer.from('{"model":"claude-sonnet-5-5","stream":true,"max_tokens":4096,"messages":[{"role":"user","content":"'),
  Buffer.alloc(800_000, "word "),
]);
const LOOK: any = {
  dialect: "claude",
  model: "claude-sonnet-5-5",
  modelSpans: [[9, 28]],
  stream: true,
  maxTokens: 4096,
  userId: undefined,
};
const input: number[] = [],
  output: number[] = [];
const world = new World({
  seed: "q",
  subject,
  instances: 4,
  patienceMs: 30000,
  platforms: [{ ...PLATFORM, slots: 60 }],
  hooks: {
    work: (x: any) => {
      const r = rowOf(x);
      const firstMs = 150 + input[r]! * 0.02;
      return { firstMs, totalMs: firstMs + (output[r]! / 80) * 1000 };
    },
    usage: (x: any) => {
      const r = rowOf(x);
      return { ...NO_USAGE, inputTokens: input[r]!, outputTokens: output[r]! };
    },
  },
} as any);
const random = world.random("loads");
const ask = (tag: number): any => {
  const i = Math.round(1000 * 200 ** random.next());
  const o = Math.max(1, Math.min(4096, Math.round(290 * Math.exp(0.8 * normal(random)))));
  const row = world.history.count;
  input[row] = i;
  output[row] = o;
  return {
    tag,
    project: `tenant-${tag}`,
    priority: "interactive",
    headers: ["x-claude-code-session-id", `once-${row}`],
    body: TEXT.subarray(0, Math.min(TEXT.length, i * 4)),
    look: LOOK,
  };
};
for (let t = 1; t <= 20; t++) world.arrivals(t, 180000, 0.2, 0.2, () => ask(t));
world.arrivals(0, 180000, 10, 10, () => ask(0));
for (let t = 1; t < 90; t++) {
  await world.clock.runTo(t * 1000);
  if (t === 30) for (const k in codes) delete codes[k];
  if (t % 3 === 0)
    console.log(
      t,
      "busy",
      world.primary.busy,
      "att",
      world.primary.perSecond.slice(t - 3, t).join("/"),
      stacks
        .map((s) => {
          const o = s.health.loads()[0];
          return o ? (o.limit > 9999 ? "inf" : o.limit.toFixed(0)) + "/" + o.inFlight : "-";
        })
        .join(" "),
      "q",
      stacks.map((s) => s.admission.queue.size).join(","),
      stacks.map((s) => s.health.states()[1]?.state[0]).join(""),
    );
}
console.log(codes);
