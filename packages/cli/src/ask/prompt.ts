// The prompt of `ask`: the arguments, what is piped in, or both.

import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";

/** Largest input that is read, bytes: the API's own limit of a request. */
const MOST_BYTES = 32 * 1_048_576;

/**
 * Words from the arguments first, then what is piped in, a blank line between. `-` alone means only what is piped in.
 * @throws CliError when there is neither
 */
export async function readPrompt(words: readonly string[], terminal: Terminal): Promise<string> {
  const asked = words.length === 1 && words[0] === "-" ? "" : words.join(" ").trim();
  const piped = terminal.in.isTTY === true ? "" : await readAll(terminal.in);
  const prompt = [asked, piped.trim() === "" ? "" : piped].filter((part) => part !== "").join("\n\n");
  if (prompt !== "") return prompt;
  throw new CliError(
    'there is no question. Write it behind the command (fairlead ask "Why is the sky blue?"), or pipe it in.',
    2,
  );
}

async function readAll(input: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size > MOST_BYTES)
      throw new CliError("standard input holds more than 32 MB, more than a request may. Send less.");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
