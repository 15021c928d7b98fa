// The rules of secretlint, loaded when they are first needed.

import type { Span } from "./detector.ts";

/** Finds secrets by secretlint's recommended rules. */
export type SecretRules = (text: string) => Promise<readonly Span[]>;

/** A name before a value, which some rules take with it: without its quotes what it stands in were no JSON any more. */
const NAME = /^["']?\w{0,40}(?:secret|key|token)\w{0,40}["']?\s{0,4}(?:=>|:|=)\s{0,4}["']?(?=[^\s"']{8})/i;

/** Loads the rules (about 60 ms). They are kept by whoever asked. */
export async function secretRules(): Promise<SecretRules> {
  const [{ lintSource }, { creator }, { secretLintProfiler }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
    import("@secretlint/profiler"),
  ]);
  // It notes each rule of each scan, and keeps that for as long as the process runs: some 40 KB a scan.
  secretLintProfiler.setEnabled(false);
  const options = { noPhysicFilePath: true, config: { rules: [{ id: creator.meta.id, rule: creator, options: {} }] } };
  return async (content) => {
    const source = { filePath: "prompt.txt", content, contentType: "text" as const, ext: ".txt" };
    const { messages } = await lintSource({ source, options });
    return messages.flatMap(({ range: [from, end] }) => {
      const start = from + (NAME.exec(content.slice(from, end))?.[0].length ?? 0);
      return end > start ? [{ start, end, kind: "secret" }] : [];
    });
  };
}
