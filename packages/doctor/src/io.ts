// Where the doctor's words go, and where answers come from.

import { createInterface } from "node:readline/promises";

/** A stream of text. */
export interface Sink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): void;
  /** Resolves when all that was written has left the process. */
  flush(): Promise<void>;
}

/** The surroundings of a run. */
export interface Io {
  /** How the program was called, for what it prints to be pasted: `npx @fairlead/doctor` or `fairlead doctor`. */
  readonly name: string;
  readonly out: Sink;
  readonly err: Sink;
  /** Asks on the terminal; undefined where nobody can answer. */
  readonly ask?: (question: string) => Promise<string>;
  /** Calls `run` at the first Ctrl-C or SIGTERM. The function that it gives takes that back. */
  onStop(run: () => void): () => void;
}

/** The streams of a process, or others in their place. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The process's own, unless other streams are given. */
export function systemIo(name: string, streams?: Streams): Io {
  const { stdin, stdout, stderr } = streams ?? { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr };
  const asks = stdin.isTTY === true && stdout.isTTY === true;
  return {
    name,
    out: sinkOf(stdout),
    err: sinkOf(stderr),
    ...(asks ? { ask: askOn(stdin, stdout) } : {}),
    onStop(run) {
      process.once("SIGINT", run).once("SIGTERM", run);
      return () => {
        process.off("SIGINT", run).off("SIGTERM", run);
      };
    },
  };
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  let gone = false;
  // A reader that went away (`| head`) is no error of ours.
  stream.on("error", () => {
    gone = true;
  });
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    write(text) {
      if (!gone) stream.write(text);
    },
    flush: () =>
      new Promise((resolve) => {
        if (gone) resolve();
        else stream.write("", () => resolve());
      }),
  };
}

function askOn(input: NodeJS.ReadStream, output: NodeJS.WriteStream): (question: string) => Promise<string> {
  return async (question) => {
    const reader = createInterface({ input, output });
    const closed = new Promise<string>((resolve) => {
      reader.once("close", () => resolve(""));
    });
    try {
      return await Promise.race([reader.question(question).catch(() => ""), closed]);
    } finally {
      reader.close();
    }
  };
}
