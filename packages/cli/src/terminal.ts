// What a command may touch of the process: streams, environment, folder.

/** The surroundings of a command. */
export interface Terminal {
  readonly in: NodeJS.ReadStream;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly env: { readonly [name: string]: string | undefined };
  readonly folder: string;
}

/** Styles for a stream: codes on a terminal, nothing elsewhere (or with NO_COLOR, https://no-color.org). */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  accent(text: string): string;
  bad(text: string): string;
}

/** The process's own. A reader that went away (`| head`) is no error of ours; with a full disk a command ends with 1. */
export function systemTerminal(): Terminal {
  process.stdout.on("error", (e: NodeJS.ErrnoException) => {
    if (e.code === "EPIPE") return;
    process.stderr.write(`fairlead: standard output cannot be written: ${e.message}\n`);
    process.exit(1);
  });
  // Nobody is left to be told.
  process.stderr.on("error", () => {});
  return { in: process.stdin, out: process.stdout, err: process.stderr, env: process.env, folder: process.cwd() };
}

const COLUMNS = 80;
const LEAST_COLUMNS = 40;

/** Columns that a table may take: those of a terminal, 40 at least; any number in a file or a pipe, where nothing is cut. */
export function roomOf(stream: { readonly isTTY?: boolean; readonly columns?: number | undefined }): number {
  return stream.isTTY === true ? Math.max(LEAST_COLUMNS, stream.columns ?? COLUMNS) : Number.POSITIVE_INFINITY;
}

/** Names come from people: no control character of theirs reaches the terminal. */
export function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}

/** Styles that suit a stream. */
export function paintFor(stream: { readonly isTTY?: boolean }, env: Terminal["env"]): Paint {
  const plain = stream.isTTY !== true || (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  const style = (open: number, close: number) => (text: string) =>
    plain ? text : `\u001b[${open}m${text}\u001b[${close}m`;
  return { bold: style(1, 22), dim: style(2, 22), accent: style(36, 39), bad: style(31, 39) };
}
