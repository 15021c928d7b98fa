// `--fix`: offers changes of settings files one by one. Nothing is written without a yes; nothing else is ever changed.

import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import type { Examination } from "./diagnose.ts";
import { diffOf } from "./diff.ts";
import type { Edit } from "./finding.ts";
import type { Io } from "./io.ts";
import { type Mask, maskerOf } from "./output/masker.ts";
import type { Look } from "./output/screen.ts";
import { wrap } from "./output/width.ts";
import type { Words } from "./words.ts";

const SAYS = {
  none: { en: "There is no change of settings to offer for this.", zh: "没有可提供的设置修改。" },
  nobody: {
    en: "--fix asks before it changes anything, and here is nobody to ask: run it in a terminal.",
    zh: "--fix 修改前需要确认，而当前无法询问：请在终端中运行。",
  },
  ask: { en: "Change this file? [y/N] ", zh: "修改此文件？[y/N] " },
  left: { en: "Left as it is.", zh: "未修改。" },
  done: { en: "Changed. The file as it was:", zh: "已修改。原文件备份：" },
  again: { en: "Run the doctor again to see whether it helped.", zh: "请再次运行 doctor 确认效果。" },
  moved: { en: "Not changed: the file is no longer what was shown.", zh: "未修改：文件内容已不是上面显示的内容。" },
  gone: { en: "Not changed: the file cannot be read or written", zh: "未修改：文件无法读写" },
} as const satisfies { readonly [name: string]: Words };

/** What came of one change. */
export type Changed = { readonly backup: string } | { readonly refused: "moved" | "gone"; readonly error?: string };

/** Offers the changes of all findings, the root's first. Returns how many were made. */
export async function offerFixes(examination: Examination, look: Look, io: Io): Promise<number> {
  const { conclusion, context } = examination;
  const { language, paint } = look;
  const print = (text: string) => io.out.write(`${text}\n`);
  const edits = conclusion.findings.flatMap(({ fix, title }) =>
    fix.flatMap(({ edit }) => (edit === undefined ? [] : [{ edit, title }])),
  );
  if (edits.length === 0) {
    print(`\n${SAYS.none[language]}`);
    return 0;
  }
  const { ask } = io;
  if (ask === undefined) {
    io.err.write(`${SAYS.nobody[language]}\n`);
    return 0;
  }
  const mask = maskerOf(context.machine, context.environment);
  let made = 0;
  const offered = new Set<string>();
  for (const { edit, title } of edits) {
    const before = read(edit.path);
    if (before === undefined) continue;
    const after = changed(edit, before);
    if (after === undefined || after === before || offered.has(`${edit.path}\n${after}`)) continue;
    offered.add(`${edit.path}\n${after}`);
    print(`\n${paint.bold(title[language])}`);
    for (const line of wrap(edit.about[language], look.columns - 2)) print(`  ${line}`);
    print(`  ${mask(edit.path)}`);
    for (const line of shownDiff(before, after, mask)) print(`  ${colourOf(line, look)}`);
    const answer = await ask(SAYS.ask[language]);
    if (!/^\s*(?:y|yes|是)\s*$/i.test(answer)) {
      print(SAYS.left[language]);
      continue;
    }
    const result = apply(edit.path, before, after);
    if ("backup" in result) {
      made += 1;
      print(`${SAYS.done[language]} ${mask(result.backup)}`);
    } else print(`${SAYS[result.refused][language]}${result.error === undefined ? "" : ` (${result.error})`}`);
  }
  if (offered.size === 0) print(`\n${SAYS.none[language]}`);
  if (made > 0) print(SAYS.again[language]);
  return made;
}

/**
 * Writes `after` in place of `before`: a backup first (`<file>.fairlead-backup-<n>`), the same mode and owner, and all at
 * once. Refuses when the file is not `before` any more.
 */
export function apply(path: string, before: string, after: string): Changed {
  let fresh: string | undefined;
  try {
    // Behind a link (a folder of dotfiles) the file itself is changed, and the link stays.
    const real = realpathSync(path);
    const { mode, uid, gid } = statSync(real);
    if (readFileSync(real, "utf8") !== before) return { refused: "moved" };
    const backup = freeName(real);
    write(backup, before, mode, uid, gid);
    fresh = `${real}.fairlead-new-${process.pid}`;
    write(fresh, after, mode, uid, gid);
    if (readFileSync(real, "utf8") !== before) {
      rmSync(fresh, { force: true });
      rmSync(backup, { force: true });
      return { refused: "moved" };
    }
    renameSync(fresh, real);
    return { backup };
  } catch (e) {
    if (fresh !== undefined) rmSync(fresh, { force: true });
    return { refused: "gone", error: (e as NodeJS.ErrnoException).code ?? String(e) };
  }
}

/** Diff lines with secrets masked: settings hold keys. */
function shownDiff(before: string, after: string, mask: Mask): string[] {
  return diffOf(before, after).map(mask);
}

function colourOf(line: string, { paint }: Look): string {
  if (line.startsWith("+")) return paint.green(line);
  if (line.startsWith("-")) return paint.red(line);
  return paint.dim(line);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** A change that cannot be made to this text (settings that are no JSON) is not offered. */
function changed(edit: Edit, before: string): string | undefined {
  try {
    return edit.change(before);
  } catch {
    return undefined;
  }
}

function freeName(path: string): string {
  for (let n = 1; ; n += 1) {
    const name = `${path}.fairlead-backup-${n}`;
    if (!existsSync(name)) return name;
  }
}

function write(path: string, text: string, mode: number, uid: number, gid: number): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
  } finally {
    closeSync(file);
  }
  chmodSync(path, mode & 0o777);
  try {
    chownSync(path, uid, gid);
  } catch {
    // Only its owner's superuser may give a file away; without that it belongs to whoever runs this, as any editor's would.
  }
}
