// Tests --fix on real files: asked first, backed up, whole or not at all, and nothing else touched.

import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PLANTED, sampleFinding, sampleMachine, sampleReport } from "../testing/sample.ts";
import type { Examination } from "./diagnose.ts";
import { diffOf } from "./diff.ts";
import { apply, offerFixes } from "./fix.ts";
import type { Io } from "./io.ts";
import { paintOf, signsFor } from "./output/paint.ts";
import type { Look } from "./output/screen.ts";

let folder = "";
let file = "";
const BEFORE = `{\n  "env": {\n    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",\n    "ANTHROPIC_API_KEY": "${PLANTED.key}"\n  }\n}\n`;
const AFTER = BEFORE.replace('    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",\n', "");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "doctor-fix-"));
  file = join(folder, "settings.json");
  writeFileSync(file, BEFORE);
  chmodSync(file, 0o640);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function offer(answers: readonly string[] | undefined, during: () => void = () => {}) {
  const machine = sampleMachine();
  const { report, context, conclusion } = await sampleReport("en", machine);
  const about = { en: "Take the dead address out.", zh: "删除无效地址。" };
  const edit = {
    path: file,
    change: (text: string) => text.replace('    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",\n', ""),
    about,
  };
  const fix = [{ os: "any", shell: "any", commands: [], note: about, edit } as const];
  const finding = sampleFinding(machine, "ENV_SAMPLE", { fix });
  const examination: Examination = {
    report,
    context,
    conclusion: { ...conclusion, findings: [finding, finding] },
    events: [],
  };
  const said: string[] = [];
  const left = [...(answers ?? [])];
  const sink = { write: (text: string) => said.push(text), flush: () => Promise.resolve() };
  const ask = (question: string) => {
    said.push(question);
    during();
    return Promise.resolve(left.shift() ?? "");
  };
  const io: Io = {
    name: "doctor",
    out: sink,
    err: sink,
    onStop: () => () => {},
    ...(answers === undefined ? {} : { ask }),
  };
  const look: Look = {
    paint: paintOf(false),
    signs: signsFor({}, "linux"),
    columns: 80,
    language: "en",
    name: "doctor",
    machine,
    required: new Set(),
  };
  const made = await offerFixes(examination, look, io);
  return { made, said: said.join("") };
}

test("a yes changes the file; the file as it was is beside it, with its mode", async () => {
  const { made, said } = await offer(["y"]);
  expect(made).toBe(1);
  expect(readFileSync(file, "utf8")).toBe(AFTER);
  expect(readFileSync(`${file}.fairlead-backup-1`, "utf8")).toBe(BEFORE);
  expect(statSync(file).mode & 0o777).toBe(0o640);
  expect(statSync(`${file}.fairlead-backup-1`).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toHaveLength(2);
  expect(said).toContain('-    "ANTHROPIC_BASE_URL": "http://127.0.0.1:9",');
  expect(said).not.toContain(PLANTED.key);
  expect(said.match(/\[y\/N\]/g)).toHaveLength(1);
});

test.each([[["n"]], [[""]], [["yess"]]])("the answer %j leaves everything as it is", async (answers) => {
  const { made } = await offer(answers);
  expect(made).toBe(0);
  expect(readFileSync(file, "utf8")).toBe(BEFORE);
  expect(readdirSync(folder)).toEqual(["settings.json"]);
});

test("without a terminal nothing is asked and nothing changed", async () => {
  const { made, said } = await offer(undefined);
  expect(made).toBe(0);
  expect(said).toContain("terminal");
  expect(readdirSync(folder)).toEqual(["settings.json"]);
});

test("a file that changed while the question stood is left alone", async () => {
  const { made, said } = await offer(["y"], () => writeFileSync(file, `${BEFORE} `));
  expect(made).toBe(0);
  expect(said).toContain("no longer what was shown");
  expect(readFileSync(file, "utf8")).toBe(`${BEFORE} `);
  expect(readdirSync(folder)).toEqual(["settings.json"]);
});

test("backups are numbered, never written over", () => {
  expect(apply(file, BEFORE, AFTER)).toEqual({ backup: `${file}.fairlead-backup-1` });
  expect(apply(file, AFTER, BEFORE)).toEqual({ backup: `${file}.fairlead-backup-2` });
  expect(readFileSync(`${file}.fairlead-backup-1`, "utf8")).toBe(BEFORE);
});

test("a link stays a link; what it leads to is changed", () => {
  const link = join(folder, "link.json");
  symlinkSync(file, link);
  expect(apply(link, BEFORE, AFTER)).toHaveProperty("backup");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(file, "utf8")).toBe(AFTER);
});

test("a file that is gone is no error of ours", () => {
  expect(apply(join(folder, "none"), BEFORE, AFTER)).toEqual({ refused: "gone", error: "ENOENT" });
});

test("a diff shows what changed and a little around it", () => {
  expect(diffOf("a\nb\nc\nd\ne\nf\ng\nh\n", "a\nb\nc\nd\nE\nf\ng\nh\n")).toEqual([
    "@@",
    " b",
    " c",
    " d",
    "-e",
    "+E",
    " f",
    " g",
    " h",
    "@@",
  ]);
  expect(diffOf("a\nb", "a\nb\nc")).toEqual([" a", " b", "+c"]);
  expect(diffOf("x\na\ny", "x\nb\na\ny")).toEqual([" x", "+b", " a", " y"]);
});
