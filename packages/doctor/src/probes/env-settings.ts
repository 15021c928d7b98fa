// What else is set: which value hides which, files that cannot be read, values that break a program.

import { problemWords } from "../environment/problem-words.ts";
import { settingsLints } from "../environment/settings-lint.ts";
import type { Probe } from "../probe.ts";

/** Told only together with something that failed. */
const QUIET = new Set(["override", "editor-differs", "not-onboarded", "profile-not-loaded", "dotenv-only"]);

export const envSettings: Probe<"env.settings"> = {
  id: "env.settings",
  layer: "environment",
  title: { en: "settings", zh: "设置" },
  after: [],
  run: async ({ environment, machine }) => {
    const lints = settingsLints(environment, machine);
    const loud = lints.filter(({ problem }) => !QUIET.has(problem));
    const [first] = loud;
    const status =
      first === undefined ? "pass" : loud.some(({ problem }) => problem === "timeout-overflow") ? "fail" : "warn";
    if (first !== undefined) return { status, note: problemWords(first), facts: { lints } };
    const version = environment.clientVersion === undefined ? "" : ` ${environment.clientVersion}`;
    const count = [...environment.variables.values()].filter(({ effective }) => effective !== undefined).length;
    const note = {
      en: `as ${environment.client}${version}, ${count} variables that matter are set`,
      zh: `按 ${environment.client}${version} 检查，设置了 ${count} 个相关变量`,
    };
    return { status, note, facts: { lints } };
  },
};
