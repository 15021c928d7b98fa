// One examination from the command line: live on a terminal, then its verdict, its pages, its trace, its fixes.

import { accessSync, constants, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Runtime } from "@fairlead/runtime";
import type { Wish, Wrong } from "./arguments.ts";
import type { Context } from "./context.ts";
import { diagnose, type Examination } from "./diagnose.ts";
import type { Io, Sink } from "./io.ts";
import type { Machine } from "./machine.ts";
import { type Live, live } from "./output/live.ts";
import { maskerOf } from "./output/masker.ts";
import { hasColour, isLive, paintOf, signsFor } from "./output/paint.ts";
import { targetOf } from "./output/report-of.ts";
import { columnsOf, headLine, type Look, layerLines, verdictText } from "./output/screen.ts";
import { PROBES } from "./probes/index.ts";
import { exitCodeOf, type Report } from "./report.ts";
import { foreignFile } from "./trace/trace-folder.ts";
import { isRequired } from "./verdict.ts";

/** Examines once. Gives the exit code, or what was wrong with the arguments. */
export async function examine(wish: Wish, machine: Machine, rt: Runtime, io: Io): Promise<number | Wrong> {
  const wrong = checkPaths(wish, machine);
  if (wrong !== undefined) return wrong;
  const look = lookFor(wish, machine, io, io.out);
  const trace = wish.trace === undefined ? undefined : await beginTrace(wish, wish.trace, machine, rt);
  if (trace !== undefined && !wish.json) io.err.write(`${trace.warning}\n`);
  let drawing: Live | undefined;
  const stopped = stopOf(io);
  const examination = await Promise.race([
    diagnose(wish.options, machine, rt, {
      begun(context) {
        if (wish.json) return;
        io.out.write(`${headLine(headOf(context), look)}\n\n`);
        if (!isLive(io.out, machine.env)) return;
        const probes = PROBES.filter(({ deep }) => deep !== true || wish.options.deep);
        const mask = maskerOf(machine, context.environment, context.target.url);
        drawing = live((text) => io.out.write(text), rt.clock, probes, look, mask);
      },
      started: (probe) => drawing?.started?.(probe),
      ended: (probed) => drawing?.ended?.(probed),
      ...(trace === undefined ? {} : { keyLog: trace.keyLog }),
    }),
    stopped.promise,
  ]).finally(() => {
    drawing?.end();
    stopped.release();
  });
  if (examination === undefined) {
    await trace?.finish(undefined);
    io.err.write(`${{ en: "stopped", zh: "已停止" }[wish.options.language]}\n`);
    return 2;
  }
  const { report } = examination;
  if (wish.json) io.out.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else {
    if (drawing === undefined) io.out.write(`${layerLines(report, look).join("\n")}\n`);
    io.out.write(`\n${verdictText(report, look)}`);
  }
  const side = wish.json ? io.err : io.out;
  const written = await writeReports(wish, machine, report, side, io);
  for (const line of (await trace?.finish(examination)) ?? []) side.write(`${line}\n`);
  if (wish.fix) await offer(wish, machine, examination, io);
  return written ? exitCodeOf(report) : 2;
}

/** Goes on looking until it is stopped. */
export async function watchLine(wish: Wish, machine: Machine, rt: Runtime, io: Io): Promise<number | Wrong> {
  const { watch } = await import("./watch/watch.ts");
  const { options: examination, intervalMs, listen } = wish;
  const line = (text: string) => io.out.write(`${text}\n`);
  return watch({ examination, intervalMs, listen }, machine, rt, { line });
}

/** How to draw on a stream. */
export function lookFor(
  wish: Pick<Wish, "colour"> & { readonly options: { readonly language: Look["language"] } },
  machine: Machine,
  io: Io,
  sink: Sink,
): Look {
  return {
    paint: paintOf(hasColour(sink, machine.env, wish.colour)),
    signs: signsFor(machine.env, machine.platform),
    columns: columnsOf(sink),
    language: wish.options.language,
    name: io.name,
    machine,
    required: new Set(PROBES.filter(isRequired).map(({ id }) => id)),
  };
}

/** What can be known of the target before the first probe, as the report will say it. */
function headOf(context: Context): Report["target"] {
  return targetOf(context, maskerOf(context.machine, context.environment, context.target.url));
}

/** Paths are looked at before the examination, not after it. */
function checkPaths(wish: Wish, machine: Machine): Wrong | undefined {
  for (const file of wish.reports) {
    const path = resolve(machine.cwd, file);
    const why =
      kindOf(path) === "folder" ? "is a folder" : kindOf(dirname(path)) === "folder" ? undefined : "no folder";
    if (why === "is a folder") return fileWrong(`--report ${file} is a folder`, `--report ${file} 是一个目录`);
    if (why !== undefined)
      return fileWrong(
        `--report ${file}: there is no folder ${dirname(path)}`,
        `--report ${file}：目录 ${dirname(path)} 不存在`,
      );
  }
  if (wish.trace === undefined) return undefined;
  try {
    const folder = resolve(machine.cwd, wish.trace);
    makeFolder(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    const foreign = foreignFile(folder);
    if (foreign === undefined) return undefined;
    return fileWrong(
      `--trace ${wish.trace} holds a file ${foreign} that is no trace's; name another folder`,
      `--trace ${wish.trace} 中已有并非跟踪所写的文件 ${foreign}；请换一个目录`,
    );
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    return fileWrong(`--trace ${wish.trace} cannot be written to: ${code}`, `--trace ${wish.trace} 无法写入：${code}`);
  }
}

/** Not `recursive` of Node, which goes round for ever where the system says that a folder is not there and lets none be made. */
function makeFolder(path: string): void {
  if (kindOf(path) === "folder") return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function kindOf(path: string): "folder" | "other" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "other";
  } catch {
    return undefined;
  }
}

function fileWrong(en: string, zh: string): Wrong {
  return { code: "USAGE_FILE", says: { en, zh } };
}

async function writeReports(wish: Wish, machine: Machine, report: Report, side: Sink, io: Io): Promise<boolean> {
  const { language } = wish.options;
  let all = true;
  for (const file of wish.reports) {
    const path = resolve(machine.cwd, file);
    const text = /\.md$/i.test(file)
      ? (await import("./output/markdown.ts")).markdownPage(report)
      : (await import("./output/html.ts")).htmlPage(report);
    try {
      writeFileSync(path, text, { mode: 0o600 });
      side.write(`${{ en: "Report written:", zh: "报告已写入：" }[language]} ${file}\n`);
    } catch (e) {
      all = false;
      const code = (e as NodeJS.ErrnoException).code;
      io.err.write(`${io.name}: ${file}: ${code} (USAGE_FILE)\n`);
    }
  }
  return all;
}

async function offer(wish: Wish, machine: Machine, examination: Examination, io: Io): Promise<void> {
  const { offerFixes } = await import("./fix.ts");
  await offerFixes(examination, lookFor(wish, machine, io, io.out), io);
}

async function beginTrace(wish: Wish, folder: string, machine: Machine, rt: Runtime) {
  const { beginTrace: begin } = await import("./trace/trace.ts");
  return begin(resolve(machine.cwd, folder), wish.options, machine, rt);
}

function stopOf(io: Io): { readonly promise: Promise<undefined>; release(): void } {
  let release = () => {};
  const promise = new Promise<undefined>((resolve) => {
    release = io.onStop(() => resolve(undefined));
  });
  return { promise, release: () => release() };
}
