// `--trace`: gathers what happened on the wire into a folder, with a list of what is there and what could not be had.

import { appendFileSync, chmodSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Runtime } from "@fairlead/runtime";
import type { Options } from "../context.ts";
import type { Examination } from "../diagnose.ts";
import { findTarget } from "../environment/find-target.ts";
import { readEnvironment } from "../environment/read-environment.ts";
import type { Machine } from "../machine.ts";
import { maskerOf } from "../output/masker.ts";
import { systemLookup } from "../wire/system-lookup.ts";
import type { Words } from "../words.ts";
import { beginCapture, type Capture } from "./capture.ts";
import { harOf } from "./har.ts";
import { timelineText } from "./timeline.ts";
import { clearFolder } from "./trace-folder.ts";

/** Files only their owner may read: keys.log opens the capture. */
const MODE = 0o600;

/** Longest wait for the addresses to capture, milliseconds. */
const LOOKUP_MS = 1_000;

/** A trace that goes on. */
export interface Trace {
  /** What has to be known before: in the language of the examination. */
  readonly warning: string;
  readonly keyLog: (line: Buffer) => void;
  /** Writes the files and the manifest; lines about them. Without an examination only the capture is ended. */
  finish(examination: Examination | undefined): Promise<readonly string[]>;
}

/** One row of manifest.json. */
interface Row {
  readonly file: string;
  readonly about: string;
  readonly missing?: string;
}

/** Begins a trace in a folder that exists. */
export async function beginTrace(folder: string, options: Options, machine: Machine, rt: Runtime): Promise<Trace> {
  const { language } = options;
  const environment = await readEnvironment(machine, options);
  const target = findTarget(environment, options);
  const way = environment.proxyFor(target.url);
  const host = way.use === "proxy" ? way.proxy.host : target.host;
  clearFolder(folder, MODE);
  const over = new AbortController();
  const limit = rt.clock.timer(LOOKUP_MS, () => over.abort());
  const wire = { rt, signal: over.signal, nextConnection: () => 0, record: () => {} };
  const context = { rt, options, machine, environment, target, wire };
  const addresses = isIP(host) === 0 ? (await systemLookup(context, host)).addresses : [host];
  limit.cancel();
  const capture = await beginCapture(join(folder, "capture.pcap"), addresses, machine, rt);
  const offset = rt.clock.wall() - rt.clock.now();
  const keys = join(folder, "keys.log");
  let sessions = 0;
  const failures = new Map<string, string>();
  const save = (name: string, text: string) =>
    attempt(name, failures, () => writeFileSync(join(folder, name), text, { mode: MODE }));
  save("keys.log", "");
  return {
    warning: {
      en: "keys.log in the trace decrypts the packets beside it, keys and prompts included: give it only to whom you trust.",
      zh: "跟踪目录中的 keys.log 可以解密同目录的抓包，包括密钥与提示内容：只交给可信的人。",
    }[language],
    keyLog(line) {
      sessions += 1;
      attempt("keys.log", failures, () => appendFileSync(keys, line));
    },
    async finish(examination) {
      if (isCapture(capture)) {
        await capture.end();
        attempt("capture.pcap", failures, () => chmodSync(join(folder, "capture.pcap"), MODE));
      }
      if (examination === undefined) return [];
      const mask = maskerOf(machine, examination.context.environment, target.url);
      const { events, report } = examination;
      save("timeline.txt", mask(timelineText(events)));
      save("exchanges.har", `${mask(JSON.stringify(harOf(events, offset, target.url.origin), undefined, 2))}\n`);
      save("report.json", `${JSON.stringify(report, undefined, 2)}\n`);
      const rows = rowsOf(capture, sessions, language, failures);
      save("manifest.json", `${JSON.stringify({ files: rows, began_at: report.began_at }, undefined, 2)}\n`);
      const says = { en: "Trace written:", zh: "跟踪已写入：" }[language];
      const missing = rows.filter((row) => row.missing !== undefined).map((row) => `  ${row.file}: ${row.missing}`);
      return [`${says} ${mask(folder)}`, ...missing];
    },
  };
}

function rowsOf(
  capture: Capture | Words,
  sessions: number,
  language: Options["language"],
  failures: ReadonlyMap<string, string>,
): Row[] {
  const packets = isCapture(capture)
    ? { file: "capture.pcap", about: `${capture.tool}, ${capture.filter}` }
    : { file: "capture.pcap", about: "packets to and from the target", missing: capture[language] };
  const none = { en: "no TLS session came about", zh: "没有建立任何 TLS 会话" }[language];
  const rows: Row[] = [
    { file: "timeline.txt", about: "every step on the wire, with its time" },
    { file: "exchanges.har", about: "HTTP exchanges, HAR 1.2, secrets masked" },
    {
      file: "keys.log",
      about: "TLS secrets in the format of SSLKEYLOGFILE: they decrypt capture.pcap",
      ...(sessions === 0 ? { missing: none } : {}),
    },
    packets,
    { file: "report.json", about: "the report" },
  ];
  return rows.map((row) => {
    const failed = failures.get(row.file);
    return failed === undefined ? row : { ...row, missing: failed };
  });
}

function isCapture(what: Capture | Words): what is Capture {
  return "tool" in what;
}

/** A disk that is full must not end the examination. */
function attempt(name: string, failures: Map<string, string>, act: () => void): void {
  try {
    act();
  } catch (e) {
    failures.set(name, (e as NodeJS.ErrnoException).code ?? String(e));
  }
}
