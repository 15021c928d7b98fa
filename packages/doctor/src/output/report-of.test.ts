// Tests the report: its shape against its schema, its masking, its languages, and that pages made from it keep it.

import { describe, expect, test } from "vitest";
import { PLANTED, sampleMachine, sampleReport } from "../../testing/sample.ts";
import { violations } from "../../testing/schema-check.ts";
import { Secret } from "../secret.ts";
import { LANGUAGES } from "../words.ts";
import { htmlPage } from "./html.ts";
import { REPORT_SCHEMA } from "./json-schema.ts";
import { markdownPage } from "./markdown.ts";
import { paintOf, signsFor } from "./paint.ts";
import { plain } from "./report-of.ts";
import { type Look, layerLines, verdictText } from "./screen.ts";

const HIDDEN = [...Object.values(PLANTED), encodeURIComponent(PLANTED.token), "mallory", "moonbase", "/home/"];

describe.each(LANGUAGES)("in %s", (language) => {
  test.each(["broken", "whole", "undecided"] as const)("a report that says %s holds by its schema", async (state) => {
    const { report } = await sampleReport(language, sampleMachine(), state);
    expect(violations(REPORT_SCHEMA, JSON.parse(JSON.stringify(report)))).toEqual([]);
  });

  test("nothing secret is in the report, on the screen, or in a page", async () => {
    const { report } = await sampleReport(language);
    const look: Look = {
      paint: paintOf(true),
      signs: signsFor({}, "linux"),
      columns: 80,
      language,
      name: "doctor",
      machine: { platform: "linux", shell: "sh" },
      required: new Set(),
    };
    const texts = [
      JSON.stringify(report),
      htmlPage(report),
      markdownPage(report),
      layerLines(report, look).join("\n"),
      verdictText(report, look),
    ];
    for (const text of texts) for (const hidden of HIDDEN) expect(text).not.toContain(hidden);
  });

  test("pages hold the verdict, the evidence, the letter, the commands and every probe", async () => {
    const { report } = await sampleReport(language);
    for (const page of [htmlPage(report), markdownPage(report)]) {
      for (const part of [
        "TLS_SAMPLE",
        "TLS_OTHER",
        "ENV_SAMPLE",
        "setx NODE_USE_SYSTEM_CA 1",
        "Corp Root",
        "api.anthropic.com:443",
        "HTTPS_PROXY",
      ])
        expect(page).toContain(part);
      for (const { id } of report.probes) expect(page).toContain(id);
    }
  });
});

test("a broken report is told from a sound one by the schema", async () => {
  const { report } = await sampleReport("en");
  const broken = [
    { ...report, state: "fine" },
    { ...report, extra: 1 },
    { ...report, verdict: { ...report.verdict, confidence: 2 } },
    { ...report, findings: [{ ...report.verdict, code: "lower_case" }] },
    { ...report, probes: [{ ...report.probes[0], ms: 1.5 }] },
  ];
  for (const one of broken) expect(violations(REPORT_SCHEMA, JSON.parse(JSON.stringify(one)))).not.toEqual([]);
});

test("both languages have the same codes, commands, facts and settings", async () => {
  const [en, zh] = await Promise.all(LANGUAGES.map(async (language) => (await sampleReport(language)).report));
  const bones = (report: typeof en) => ({
    codes: report?.findings.map(({ code, fix }) => [code, fix.map(({ commands }) => commands)]),
    facts: report?.probes.map(({ id, status, facts }) => [id, status, facts]),
    settings: report?.environment.map(({ name, value_masked, effective }) => [name, value_masked, effective]),
  });
  expect(bones(en)).toEqual(bones(zh));
  expect(en?.verdict?.title).not.toBe(zh?.verdict?.title);
});

test("ways to put it right for this machine come first", async () => {
  const { report } = await sampleReport("en", sampleMachine());
  expect(report.verdict?.fix.map(({ os }) => os)).toEqual(["linux", "windows"]);
  const windows = await sampleReport(
    "en",
    sampleMachine({ platform: "win32", shell: "powershell", home: "C:\\Users\\eve", user: "eve" }),
  );
  expect(windows.report.verdict?.fix.map(({ os }) => os)).toEqual(["windows", "linux"]);
});

test("facts become plain data", () => {
  const mask = (text: string) => text.replace("hush", "***");
  const facts = {
    secret: new Secret("sk-ant-api03-PLANTEDkeyPLANTEDkeyPLANTEDkey0001"),
    bytes: Buffer.from("abc"),
    nan: Number.NaN,
    missing: undefined,
    run: () => {},
    map: new Map([["hush", 1]]),
    list: [undefined, "hush"],
    url: new URL("https://user:pw@example.com/path?key=1"),
  };
  expect(plain(facts, mask)).toEqual({
    secret: "sk-ant-a…0001 (47 characters)",
    bytes: "(3 bytes)",
    nan: null,
    map: { "***": 1 },
    list: [null, "***"],
    url: "https://example.com/path",
  });
});

test("no text of a report becomes HTML", async () => {
  const { report } = await sampleReport("en");
  const evil = '<img src=x onerror="alert(1)">';
  const page = htmlPage({ ...report, probes: report.probes.map((probe) => ({ ...probe, note: evil })) });
  expect(page).not.toContain("<img");
  expect(page).not.toContain("<script");
});
