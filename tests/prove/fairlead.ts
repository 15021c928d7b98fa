// The subject of the proof: the gateway's own stack, with the defaults of its configuration.

import { readConfig, type Stack, stack } from "@fairlead/gateway";
import type { Setting, Subject } from "./subject.ts";

/** The engine as every gateway runs it; nothing is replaced but time, chance and the wire. */
export const FAIRLEAD: Subject = {
  name: "fairlead",
  source: "packages/gateway/src/stack.ts",
  ours: true,
  spreads: true,
  timesAttempts: false,
  settle(setting) {
    const { config } = readConfig(document(setting), "fairlead.yaml", {
      K: "sk-ant-upstream",
      P: "fl-a-key-of-sixteen",
    });
    return ({ rt, targets }) => {
      const { pipeline, health, admission } = stack(config, () => targets, rt);
      return { run: pipeline.run, held: () => heldBy(health, admission) };
    };
  },
};

/** Slots, reservations and places in the queue that nobody has given back. */
function heldBy(health: Stack["health"], admission: Stack["admission"]): string[] {
  const words: string[] = [];
  if (admission.queue.size > 0) words.push(`${admission.queue.size} wait in the queue`);
  for (const { key, inFlight } of health.loads()) if (inFlight > 0) words.push(`${inFlight} slots of ${key} are taken`);
  for (const { account, quota } of admission.quotas.all()) {
    if (quota.inFlight > 0) words.push(`${quota.inFlight} reservations of ${account} are open`);
  }
  return words;
}

function document(setting: Setting): string {
  const names = setting.upstreams ?? ["primary"];
  const times = [
    ...(setting.headMs === undefined ? [] : [`head: ${setting.headMs}ms`]),
    ...(setting.firstTokenMs === undefined ? [] : [`first_token: ${setting.firstTokenMs}ms`]),
  ];
  const lines = [
    "upstreams:",
    ...names.map((name) => `  - { name: ${name}, provider: anthropic, platform: ${name}, api_key: "\${K}" }`),
    'store: "memory:"',
    `projects: [{ name: web, keys: ["\${P}"] }]`,
    ...(times.length === 0 ? [] : [`timeouts: { ${times.join(", ")} }`]),
    ...(setting.yaml === undefined ? [] : [setting.yaml]),
  ];
  return `${lines.join("\n")}\n`;
}
