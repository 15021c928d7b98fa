// fairlead ask: one question, its answer streamed to the terminal.

import { type Command, InvalidArgumentError } from "commander";
import type { AnswerListener } from "../ask/answer.ts";
import { readPrompt } from "../ask/prompt.ts";
import { findConnection } from "../connection.ts";
import { paintFor, type Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  fairlead ask "Why is the sky blue?"
  git diff | fairlead ask "Review this change"
  fairlead ask --model claude-opus-5-5 --thinking "Prove that the root of two is irrational"
  fairlead ask --json "Hello" | jq .usage

Address and key: --url and --key, else the fairlead start that runs in this folder, else ANTHROPIC_BASE_URL with
ANTHROPIC_AUTH_TOKEN or ANTHROPIC_API_KEY. The answer goes to standard output, all else to standard error.
Exit code 1 when the answer is not whole; what came of it is printed all the same.`;

interface Options {
  model: string;
  maxTokens: number;
  system?: string;
  thinking?: boolean;
  url?: string;
  key?: string;
  json?: boolean;
}

/** Adds the command. */
export function askCommand(program: Command, terminal: Terminal, end: (code: number) => void): void {
  program
    .command("ask")
    .summary("ask Claude one thing in the terminal")
    .description(
      "Asks Claude one thing and streams the answer. Reads the question from its arguments, from a pipe, or from both.",
    )
    .argument("[question...]", "the question; - or nothing reads it from standard input")
    .option("-m, --model <name>", "model", "claude-sonnet-5-5")
    .option("--max-tokens <n>", "longest answer, tokens", readCount, 8_192)
    .option("-s, --system <text>", "system prompt")
    .option("--thinking", "let it think first, and show that dimly (on a terminal)")
    .option("--url <address>", "address of the gateway or the API")
    .option("--key <key>", "key for it")
    .option("--json", "print one JSON object at the end instead of streaming text")
    .addHelpText("after", EXAMPLES)
    .action(async (question: string[], options: Options) => {
      end(await run(question, options, terminal));
    });
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1 to 9999999.");
}

async function run(words: readonly string[], options: Options, terminal: Terminal): Promise<number> {
  const connection = findConnection(options, terminal);
  const prompt = await readPrompt(words, terminal);
  const { createFetch } = await import("@fairlead/client");
  const { ask } = await import("../ask/question.ts");
  const { reportJson, reportLine } = await import("../ask/report.ts");
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt);
  // Nobody reads any more (`| head`): there is no reason to go on.
  terminal.out.once("error", interrupt);
  const fetch = createFetch({ transport: { proxy: "env", env: proxyEnvironment(connection.url, terminal.env) } });
  try {
    const question = {
      prompt,
      model: options.model,
      maxTokens: options.maxTokens,
      system: options.system,
      thinking: options.thinking === true,
    };
    const screen = new Screen(options, terminal);
    const { answer, measured, failure } = await ask(question, connection, fetch, screen, stop.signal);
    if (options.json === true) {
      terminal.out.write(`${JSON.stringify(reportJson(answer, measured, failure))}\n`);
      return failure === undefined ? 0 : 1;
    }
    screen.end();
    const paint = paintFor(terminal.err, terminal.env);
    for (const note of notes(answer.stopReason, answer.tools)) terminal.err.write(`${note}\n`);
    terminal.err.write(`${paint.dim(reportLine(answer, measured))}\n`);
    if (failure === undefined) return 0;
    if (stop.signal.aborted) return 130;
    terminal.err.write(`${paint.bad("fairlead:")} ${failure}\n`);
    return 1;
  } finally {
    process.off("SIGINT", interrupt);
    await fetch.close();
  }
}

/** Text to standard output as it comes; thinking dimly, and on a terminal only. */
class Screen implements AnswerListener {
  readonly #terminal: Terminal;
  readonly #options: Options;
  readonly #dim: (text: string) => string;
  #thought = false;
  #last = "\n";

  constructor(options: Options, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
    this.#dim = paintFor(terminal.out, terminal.env).dim;
  }

  text(piece: string): void {
    if (this.#options.json === true) return;
    if (this.#thought) this.#write("\n\n");
    this.#thought = false;
    this.#write(piece);
  }

  thinking(piece: string): void {
    if (this.#options.json === true || this.#options.thinking !== true || this.#terminal.out.isTTY !== true) return;
    if (piece === "") return;
    this.#thought = true;
    this.#write(this.#dim(piece));
  }

  /** The line that people's terminals want at the end. */
  end(): void {
    if (!this.#last.endsWith("\n")) this.#write("\n");
  }

  #write(piece: string): void {
    this.#last = piece;
    this.#terminal.out.write(piece);
  }
}

function notes(stopReason: string | undefined, tools: readonly string[]): string[] {
  const found: string[] = [];
  if (stopReason === "max_tokens") found.push("The answer was cut at --max-tokens; ask for more with a higher one.");
  if (stopReason === "refusal") found.push("Claude declined to answer this.");
  if (stopReason === "model_context_window_exceeded") found.push("The model's context window is full; ask with less.");
  if (tools.length > 0) found.push(`The answer wants tools called (${tools.join(", ")}); ask has none.`);
  return found;
}

/** No proxy can reach this machine's own address. */
function proxyEnvironment(url: string, env: Terminal["env"]): Terminal["env"] {
  return /^(localhost|127\..*|\[::1\])$/.test(new URL(url).hostname) ? {} : env;
}
