// What the bench was asked to do: the command line, checked.
import { parseArgs } from "node:util";
import { CANDIDATE_NAMES, type CandidateName } from "./candidates/candidate.ts";
import { SCENARIO_NAMES, type ScenarioName } from "./row.ts";

/** One run of the bench, as asked for on the command line. */
export interface Options {
  /** Interleaved rounds; default 5, 2 with --quick. */
  rounds: number;
  /** Seconds of each measured window; default 2.5, 1.5 with --quick. */
  seconds: number;
  /** Seconds of load before each window; default 2, 1 with --quick. */
  warmup: number;
  scenarios: ScenarioName[];
  candidates: CandidateName[];
  /** Exit 1 when a bar is missed or a row failed. */
  assert: boolean;
  /** Profile Fairlead under this scenario instead of measuring. */
  profile: ScenarioName | undefined;
  /** Node flags for the gateway process, for example --trace-opt. */
  nodeFlags: string[];
  help: boolean;
}

/** The text of --help. */
export const USAGE = `usage: npm run bench -- [flags]

Measures side by side, interleaved in one run: direct, nginx, Fairlead, Fairlead's first road, Portkey.

  --rounds N            interleaved rounds (default 5)
  --seconds S           length of each measured window (default 2.5)
  --warmup S            load before each window (default 12: after that V8 compiles next to nothing any more)
  --quick               2 rounds, 1.5 s windows, 1.5 s warm-up
  --only a,b            scenarios: ${SCENARIO_NAMES.join(", ")}
  --candidates a,b      candidates: ${CANDIDATE_NAMES.join(", ")}
  --assert              exit 1 when a bar is missed or a row failed
  --profile SCENARIO    CPU profile of Fairlead under one scenario: top functions by self time
  --node-flags "..."    flags for the node process of the gateway

Writes bench/out/latest.json (versions, machine, every row).`;

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < least)
    throw new Error(`--${name} wants a number of at least ${least}, not ${text}`);
  return value;
}

function list<T extends string>(flag: string, text: string | undefined, known: readonly T[]): T[] {
  if (text === undefined) return [...known];
  return text.split(",").map((word) => {
    const found = known.find((name) => name === word.trim());
    if (found === undefined) throw new Error(`--${flag} does not know ${word}; it knows ${known.join(", ")}`);
    return found;
  });
}

/** Reads the command line (without node and script). Throws an Error that says what is wrong. */
export function parseOptions(argv: string[]): Options {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: "string" },
      seconds: { type: "string" },
      only: { type: "string" },
      candidates: { type: "string" },
      warmup: { type: "string" },
      quick: { type: "boolean", default: false },
      assert: { type: "boolean", default: false },
      profile: { type: "string" },
      "node-flags": { type: "string", default: "" },
      help: { type: "boolean", default: false },
    },
  });
  return {
    rounds: Math.trunc(number("rounds", values.rounds ?? (values.quick ? "2" : "5"), 1)),
    seconds: number("seconds", values.seconds ?? (values.quick ? "1.5" : "2.5"), 0.2),
    warmup: number("warmup", values.warmup ?? (values.quick ? "1.5" : "12"), 0.5),
    scenarios: list("only", values.only, SCENARIO_NAMES),
    candidates: list("candidates", values.candidates, CANDIDATE_NAMES),
    assert: values.assert,
    profile: values.profile === undefined ? undefined : list("profile", values.profile, SCENARIO_NAMES)[0],
    nodeFlags: values["node-flags"].split(" ").filter((flag) => flag !== ""),
    help: values.help,
  };
}
