// Tests what a person sees: no line too wide, the right commands first, a layer green only when it was looked at.

import { VirtualClock } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { sampleMachine, sampleReport } from "../../testing/sample.ts";
import type { Probe } from "../probe.ts";
import { LANGUAGES } from "../words.ts";
import { live } from "./live.ts";
import { hasColour, isLive, paintOf, signsFor } from "./paint.ts";
import { type Look, layerLines, layerState, verdictText } from "./screen.ts";
import { widthOf } from "./width.ts";

function lookIn(language: Look["language"], more: Partial<Look> = {}): Look {
  return {
    paint: paintOf(false),
    signs: signsFor({ LANG: "en_US.UTF-8" }, "linux"),
    columns: 80,
    language,
    name: "fairlead doctor",
    machine: { platform: "linux", shell: "sh" },
    required: new Set(["tcp.connect"]),
    ...more,
  };
}

describe.each(LANGUAGES)("in %s", (language) => {
  test.each([50, 80, 100])("no line but a command is wider than %i columns", async (columns) => {
    const { report } = await sampleReport(language);
    const look = lookIn(language, { columns });
    const commands = report.findings.flatMap(({ fix }) => fix.flatMap((one) => one.commands));
    for (const line of [...layerLines(report, look), ...verdictText(report, look).split("\n")]) {
      if (commands.includes(line.trim())) continue;
      expect(widthOf(line), line).toBeLessThanOrEqual(columns);
    }
  });

  test("only the commands for this machine are shown, each as it has to be pasted", async () => {
    const { report } = await sampleReport(language);
    const lines = verdictText(report, lookIn(language)).split("\n");
    expect(lines).toContain(`      export NODE_EXTRA_CA_CERTS="$HOME/corp root.pem"`);
    expect(lines.join("\n")).not.toContain("setx");
  });

  test("the order: verdict, why, evidence, fix, letter, runner-up, other findings, what was not looked at, counts", async () => {
    const { report } = await sampleReport(language);
    const text = verdictText(report, lookIn(language));
    const parts = [
      "TLS_SAMPLE",
      "Corp Root",
      "~/.claude",
      "NODE_EXTRA_CA_CERTS",
      "api.anthropic.com:443",
      "60",
      "TLS_OTHER",
      "ENV_SAMPLE",
      "http.hello",
    ];
    const places = parts.map((part) => text.indexOf(part));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(text).toContain("  explain TLS_SAMPLE");
  });
});

test("a line that works says so; one that could not be looked at does not", async () => {
  const whole = await sampleReport("en", sampleMachine(), "whole");
  expect(verdictText(whole.report, lookIn("en"))).toMatch(/^✓ The line to Claude works\.\n/);
  const undecided = await sampleReport("en", sampleMachine(), "undecided");
  expect(verdictText(undecided.report, lookIn("en"))).not.toContain("works");
});

test("a layer is green only when its required check ran", () => {
  const other = { id: "tcp.controls", status: "pass", ms: 1, note: "seen" } as const;
  const required = { id: "tcp.connect", status: "skip", ms: 0, note: "blocked" } as const;
  const look = lookIn("en");
  expect(layerState([other], look)).toMatchObject({ status: "pass", note: "seen" });
  expect(layerState([required, other], look)).toMatchObject({ status: "skip", note: "blocked" });
  expect(layerState([required, { ...other, status: "fail" }], look)).toMatchObject({ status: "fail", note: "seen" });
});

test("colours and drawing go only to a terminal that wants them", () => {
  expect(hasColour({ isTTY: true }, {})).toBe(true);
  expect(hasColour({ isTTY: false }, {})).toBe(false);
  expect(hasColour({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
  expect(hasColour({ isTTY: true }, { TERM: "dumb" })).toBe(false);
  expect(hasColour({ isTTY: true }, {}, false)).toBe(false);
  expect(isLive({ isTTY: true }, { TERM: "dumb" })).toBe(false);
  expect(isLive({ isTTY: true, columns: 80 }, { TERM: "xterm" })).toBe(true);
});

test("the drawing moves up exactly as many lines as it drew, and gives the cursor back", async () => {
  const clock = new VirtualClock();
  const written: string[] = [];
  const words = (text: string) => ({ en: text, zh: text });
  const done = () => Promise.resolve({ status: "pass", note: words("") } as const);
  const probes: Probe[] = [
    { id: "dns.lookup", layer: "dns", title: words("lookup"), after: [], run: done },
    { id: "tcp.connect", layer: "tcp", title: words("connect"), after: [], run: done },
  ];
  const [dns, tcp] = probes;
  if (dns === undefined || tcp === undefined) throw new Error("two probes");
  const drawing = live(
    (text) => written.push(text),
    clock,
    probes,
    lookIn("en"),
    (text) => text.replace("hush", "***"),
  );
  drawing.started?.(dns);
  drawing.ended?.({ probe: dns, status: "fail", note: words("hush failed"), ms: 1_234, unlooked: false });
  drawing.end();
  drawing.end();
  expect(written.join("")).not.toContain("hush");
  const last = written.at(-2) ?? "";
  expect(last.startsWith("\u001b[2A")).toBe(true);
  expect(last.split("\n")).toHaveLength(3);
  expect(last).toContain("1.2 s");
  expect(written.at(-1)).toBe("\u001b[?25h");
  expect(written.filter((text) => text === "\u001b[?25h")).toHaveLength(1);
});
