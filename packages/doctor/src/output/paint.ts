// Colours and signs for a terminal; nothing of both where they would be in the way.

import type { Severity } from "../finding.ts";
import type { Status } from "../probe.ts";

/** Styles. Where colours are off each gives its text back. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Signs of one column each. */
export interface Signs {
  readonly status: { readonly [status in Status]: string };
  readonly bullet: string;
  readonly rule: string;
  /** Frames of what shows that something runs. */
  readonly busy: readonly string[];
}

const UNICODE: Signs = {
  status: { pass: "✓", warn: "!", fail: "✗", skip: "-" },
  bullet: "•",
  rule: "─",
  busy: ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇"],
};
const ASCII: Signs = {
  ...UNICODE,
  status: { pass: "+", warn: "!", fail: "x", skip: "-" },
  bullet: "*",
  rule: "-",
  busy: ["|", "/", "|", "\\"],
};

/** What is known of the place where text goes to. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Whether colours go there: not with NO_COLOR (https://no-color.org), TERM=dumb, `--no-color`, nor into a pipe. */
export function hasColour(
  screen: Screen,
  env: { readonly [name: string]: string | undefined },
  wanted = true,
): boolean {
  return wanted && screen.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** Whether lines can be drawn over: a terminal that knows how to move its cursor. */
export function isLive(screen: Screen, env: { readonly [name: string]: string | undefined }): boolean {
  return screen.isTTY === true && env["TERM"] !== "dumb" && (screen.columns || 80) >= 40;
}

/** Styles with or without colour. */
export function paintOf(colour: boolean): Paint {
  const style = (open: number, close: number) => (text: string) =>
    colour && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}

/** Signs that the terminal can draw: the console of Linux and the old one of Windows know few. */
export function signsFor(env: { readonly [name: string]: string | undefined }, platform: string): Signs {
  if (env["TERM"] === "linux" || env["TERM"] === "dumb") return ASCII;
  const modern = env["WT_SESSION"] ?? env["TERM_PROGRAM"] ?? env["TERM"];
  if (platform === "win32" && modern === undefined) return ASCII;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return /^(?:C|POSIX)$/.test(locale) ? ASCII : UNICODE;
}

/** The colour of a status. */
export function statusPaint(paint: Paint, status: Status): (text: string) => string {
  return { pass: paint.green, warn: paint.yellow, fail: paint.red, skip: paint.dim }[status];
}

/** The colour of a severity. */
export function severityPaint(paint: Paint, severity: Severity): (text: string) => string {
  return { error: paint.red, warning: paint.yellow, info: paint.cyan }[severity];
}
