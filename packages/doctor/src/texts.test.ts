// Tests every text of the doctor: both languages whole, codes in order, no advice that must never be given.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { LAYERS, type Layer } from "./layer.ts";
import { LAYER_NAMES, OS_NAMES, PHRASES, SEVERITY_NAMES, SOURCE_NAMES, STATUS_NAMES } from "./output/phrases.ts";
import { PROBES } from "./probes/index.ts";
import { RULES } from "./rules/index.ts";
import type { Words } from "./words.ts";

const SRC = import.meta.dirname;
const CJK = /[\u4e00-\u9fff]/;

/** What a code of each layer begins with. */
const PREFIX: { readonly [layer in Layer]: string } = {
  environment: "ENV_",
  dns: "DNS_",
  tcp: "TCP_",
  mtu: "MTU_",
  tls: "TLS_",
  proxy: "PROXY_",
  http: "HTTP_",
  credentials: "AUTH_",
  account: "ACCOUNT_",
  streaming: "STREAM_",
  long: "LONG_",
};

/** Advice that is never given: verification off, certificates unchecked, an older version, somebody's relay. */
const FORBIDDEN: readonly RegExp[] = [
  /(?:export|set|setx|use|add|\$env:)\s*["'`]?NODE_TLS_REJECT_UNAUTHORIZED["'`]?\s*[=: ]\s*["'`]?0/i,
  /strict-ssl[ =]+["']?false/i,
  /sslVerify[ =]+["']?false/i,
  /verify\s*=\s*False/,
  /curl\b[^\n]*\s(?:-k|--insecure)\b/,
  /\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{8,}/,
  /(?:use|try|switch to) (?:our|a|another|some) relay/i,
  /\bdowngrade (?:to|node|openssl|claude)/i,
  /npm (?:i|install)\b[^\n]*@anthropic-ai\/claude-code@\d/,
];

function sources(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
  );
}

/** The literal parts of an expression of text. */
function literal(node: ts.Node): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join("§");
  const parts: string[] = [];
  ts.forEachChild(node, (child) => {
    parts.push(literal(child));
  });
  return parts.join("");
}

/** Every `{ en: …, zh: … }` that is written in the sources, with its place. */
function writtenWords(): { readonly where: string; readonly en: string; readonly zh: string }[] {
  return sources().flatMap((name) => {
    const ast = ts.createSourceFile(name, readFileSync(join(SRC, name), "utf8"), ts.ScriptTarget.ES2023, true);
    const found: { where: string; en: string; zh: string }[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isObjectLiteralExpression(node)) {
        const of = (language: string) =>
          node.properties.find(
            (one): one is ts.PropertyAssignment => ts.isPropertyAssignment(one) && one.name.getText(ast) === language,
          )?.initializer;
        const en = of("en");
        const zh = of("zh");
        const line = ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1;
        if (en !== undefined && zh !== undefined)
          found.push({ where: `${name}:${line}`, en: literal(en), zh: literal(zh) });
      }
      ts.forEachChild(node, visit);
    };
    visit(ast);
    return found;
  });
}

function expectWhole(words: Words, where: string): void {
  expect(words.en.trim(), where).not.toBe("");
  expect(words.en, where).not.toMatch(CJK);
  expect(words.zh, where).toMatch(CJK);
}

test("there are rules and probes", () => {
  expect(RULES.length).toBeGreaterThan(50);
  expect(PROBES.length).toBeGreaterThan(15);
});

test("codes are there once, and begin with the name of their layer", () => {
  const codes = RULES.map(({ code }) => code);
  expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  const odd = RULES.filter(({ code, layer }) => {
    // A setting that is found wrong before the first packet may be called after what it sets, such as a proxy.
    const prefixes = layer === "environment" ? Object.values(PREFIX) : [PREFIX[layer]];
    return !/^[A-Z]+(?:_[A-Z0-9]+)+$/.test(code) || !prefixes.some((prefix) => code.startsWith(prefix));
  });
  expect(odd.map(({ code, layer }) => `${code} of ${layer}`)).toEqual([]);
});

test("probes are there once, and come after probes that exist", () => {
  const ids = PROBES.map(({ id }) => id as string);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  for (const { after, id } of PROBES) for (const one of after) expect(ids, `${id} after ${one}`).toContain(one);
});

test("a finding yields only to codes that exist", () => {
  const codes = new Set(RULES.map(({ code }) => code));
  const unknown = RULES.flatMap(({ code, yieldsTo }) =>
    (yieldsTo ?? []).filter((one) => !codes.has(one)).map((one) => `${code} to ${one}`),
  );
  expect(unknown).toEqual([]);
});

test("every rule is told whole in both languages", () => {
  for (const { code, title, meaning, advice, sources: links } of RULES) {
    expectWhole(title, `${code} title`);
    expectWhole(meaning, `${code} meaning`);
    expectWhole(advice, `${code} advice`);
    expect(links.length, `${code} sources`).toBeGreaterThan(0);
    for (const link of links) expect(link, code).toMatch(/^https:\/\/\S+$/);
  }
});

test("every probe and every word of the screen is told in both languages", () => {
  for (const { id, title } of PROBES) expectWhole(title, id);
  for (const layer of LAYERS) expect(LAYER_NAMES[layer].zh).not.toBe("");
  for (const [name, words] of Object.entries(PHRASES)) expectWhole(words, name);
  for (const table of [SEVERITY_NAMES, STATUS_NAMES, SOURCE_NAMES])
    for (const [name, words] of Object.entries(table)) expectWhole(words, name);
  expect(Object.keys(OS_NAMES)).toHaveLength(4);
});

describe("texts written anywhere in the sources", () => {
  const words = writtenWords();

  test("are found", () => {
    expect(words.length).toBeGreaterThan(200);
  });

  test("have Chinese where they have an English sentence", () => {
    const sentence = /[a-z]{2,} [a-z]{2,} [a-z]{2,}/;
    const missing = words
      .filter(({ en, zh }) => sentence.test(en) && !CJK.test(zh))
      .map(({ where, en }) => `${where} ${en}`);
    expect(missing).toEqual([]);
  });

  test("have about as many filled-in values in one language as in the other", () => {
    const places = (text: string) => text.split("§").length + text.split(/\{\w+\}/).length;
    const odd = words
      .filter(({ en, zh }) => en !== "" && zh !== "" && Math.abs(places(en) - places(zh)) > 1)
      .map(({ where, en, zh }) => `${where}\n  ${en}\n  ${zh}`);
    expect(odd).toEqual([]);
  });
});

test("no text gives advice that must never be given", () => {
  const found = sources().flatMap((name) => {
    const text = readFileSync(join(SRC, name), "utf8");
    return FORBIDDEN.flatMap((pattern) => {
      const hit = pattern.exec(text)?.[0];
      return hit === undefined ? [] : [`${name}: ${hit}`];
    });
  });
  expect(found).toEqual([]);
});

test("what programs say leads to a rule, and no pattern takes every text", () => {
  for (const { code, says } of RULES)
    for (const pattern of says ?? []) {
      expect(pattern.test(""), code).toBe(false);
      expect(pattern.test("the weather is fine today"), code).toBe(false);
      expect(pattern.global || pattern.sticky, `${code}: a pattern with memory`).toBe(false);
    }
  expect(RULES.filter(({ says }) => (says ?? []).length > 0).length).toBeGreaterThan(20);
});
