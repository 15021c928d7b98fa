// The command: reads its arguments, examines, prints, and says by its exit code how it went.

import { type Runtime, systemRuntime } from "@fairlead/runtime";
import { isWrong, readArguments, type Wish, type Wrong } from "./arguments.ts";
import { masked } from "./http/masked.ts";
import { type Io, systemIo } from "./io.ts";
import { localMachine } from "./local-machine.ts";
import type { Machine } from "./machine.ts";
import { VERSION } from "./version.ts";
import { LANGUAGES, type Language, languageOf } from "./words.ts";

/**
 * Runs the doctor. What is heavy is loaded when it is needed: `--help` and the first line come at once.
 * @param argv the arguments after the program's name
 * @returns the exit code: 0 the line works, 1 a fault was found, 2 undecided or wrong usage. Everything printed has left
 *   the process by then; a lookup of a name may still hang, so whoever calls this as a program ends the process
 */
export async function main(
  argv: readonly string[],
  machine: Machine = localMachine(),
  rt: Runtime = systemRuntime(),
  io: Io = systemIo(machine.env["npm_command"] === "exec" ? "npx @fairlead/doctor" : "fairlead-doctor"),
): Promise<number> {
  const wish = readArguments(argv, languageOf(machine.env));
  const language = isWrong(wish) ? (languageAsked(argv) ?? languageOf(machine.env)) : wish.options.language;
  let code: number;
  try {
    code = isWrong(wish) ? refuse(wish, io, language) : await run(wish, machine, rt, io);
  } catch (e) {
    code = 2;
    const detail = e instanceof Error ? (e.stack ?? e.message) : String(e);
    const says = { en: "a mistake of the doctor; please report these lines", zh: "doctor 自身的错误，请反馈以下内容" };
    io.err.write(`${io.name}: ${says[language]} (INTERNAL):\n${detail}\n`);
  }
  await Promise.all([io.out.flush(), io.err.flush()]);
  return code;
}

async function run(wish: Wish, machine: Machine, rt: Runtime, io: Io): Promise<number> {
  const { language } = wish.options;
  const print = (text: string) => io.out.write(text);
  switch (wish.command) {
    case "version":
      print(`${VERSION}\n`);
      return 0;
    case "help": {
      const { commandHelp, helpText } = await import("./help.ts");
      const [about] = wish.words;
      print(about === undefined ? helpText(io.name, language) : commandHelp(io.name, about, language));
      return 0;
    }
    case "explain": {
      const { explain } = await import("./explain.ts");
      return explain(wish.words.join(" "), { json: wish.json, colour: wish.colour }, language, machine, io);
    }
    case "list": {
      const { list } = await import("./list.ts");
      return list({ json: wish.json, colour: wish.colour }, language, machine, io);
    }
    default: {
      const options = withRoots(wish, machine);
      if (isWrong(options)) return refuse(options, io, language);
      const { examine, watchLine } = await import("./examine.ts");
      const done = await (options.command === "watch" ? watchLine : examine)(options, machine, rt, io);
      return typeof done === "number" ? done : refuse(done, io, language);
    }
  }
}

/** Reads the file of --public-roots into the options. */
function withRoots(wish: Wish, machine: Machine): Wish | Wrong {
  const path = wish.publicRootsPath;
  if (path === undefined) return wish;
  const publicRoots = machine.readText(path);
  if (publicRoots?.includes("-----BEGIN CERTIFICATE-----"))
    return { ...wish, options: { ...wish.options, publicRoots } };
  const en = publicRoots === undefined ? "cannot be read" : "holds no certificate in PEM form";
  const zh = publicRoots === undefined ? "无法读取" : "不含 PEM 格式的证书";
  return { code: "USAGE_FILE", says: { en: `--public-roots ${path} ${en}`, zh: `--public-roots ${path} ${zh}` } };
}

/** The language that wrong arguments ask for all the same. */
function languageAsked(argv: readonly string[]): Language | undefined {
  const at = argv.lastIndexOf("--lang");
  const value = at < 0 ? argv.findLast((one) => one.startsWith("--lang="))?.slice(7) : argv[at + 1];
  return LANGUAGES.find((one) => one === value);
}

function refuse(wrong: Wrong, io: Io, language: Language): 2 {
  const help = { en: `${io.name} --help tells what there is.`, zh: `用 ${io.name} --help 查看用法。` };
  // What was typed comes back in the sentence, and people type keys in the wrong place.
  const says = masked(wrong.says[language]).replace(/(:\/\/)[^\s/@]+@/g, "$1***@");
  io.err.write(`${io.name}: ${says} (${wrong.code})\n${help[language]}\n`);
  return 2;
}
