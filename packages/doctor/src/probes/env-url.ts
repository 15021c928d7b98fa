// The address that the program would go to, and what is wrong with how it is written.

import { cloudLints } from "../environment/cloud-lint.ts";
import { describeVariable } from "../environment/description.ts";
import { problemWords } from "../environment/problem-words.ts";
import { urlLints } from "../environment/url-lint.ts";
import type { Probe } from "../probe.ts";

const FATAL = new Set([
  "reference",
  "full-width",
  "quoted",
  "no-scheme",
  "bad-scheme",
  "unparsable",
  "twice",
  "invisible",
  "cloud-form",
  "query",
  "is-proxy",
  "web-page",
]);

export const envUrl: Probe<"env.url"> = {
  id: "env.url",
  layer: "environment",
  title: { en: "address", zh: "地址" },
  after: [],
  run: async ({ environment, target }) => {
    const lints = [...urlLints(environment, target), ...cloudLints(environment, target)];
    const [first] = lints;
    const from = target.from;
    const status = first === undefined ? "pass" : lints.some(({ problem }) => FATAL.has(problem)) ? "fail" : "warn";
    if (first !== undefined) {
      const value = String(first.detail["value"]);
      const words = problemWords({ ...first, name: `${first.name}=${value}` });
      return { status, note: words, facts: { lints } };
    }
    const url = `${target.url.protocol}//${target.url.host}${target.url.pathname.replace(/\/$/, "")}`;
    if (from === undefined)
      return { status, note: { en: `${url}, the default`, zh: `${url}，默认值` }, facts: { lints } };
    return { status, note: describeVariable(from), facts: { lints } };
  },
};
