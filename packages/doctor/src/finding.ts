// What can be wrong: rules that read facts, and findings with their meaning and their fix.

import type { Context } from "./context.ts";
import type { Facts } from "./facts.ts";
import type { Layer } from "./layer.ts";
import type { Words } from "./words.ts";

/**
 * `error`: the line does not work, or not for all that goes through it. `warning`: it works, but this will bite.
 * `info`: worth knowing. Only errors make exit code 1.
 */
export type Severity = "error" | "warning" | "info";

/** One way to put it right. Commands are the same in every language. */
export interface Fix {
  readonly os: "any" | "linux" | "macos" | "windows";
  readonly shell: "any" | "sh" | "fish" | "powershell" | "cmd";
  /** To be pasted as they are; empty when there is nothing to type. */
  readonly commands: readonly string[];
  readonly note: Words;
  /** A change that `--fix` may offer. */
  readonly edit?: Edit;
}

/** A change of a settings file that can be undone. Only local, only reversible. */
export interface Edit {
  /** Absolute path. */
  readonly path: string;
  /** Whole text after the change, from the whole text before it. */
  change(before: string): string;
  readonly about: Words;
}

/** One observation that speaks for a finding, such as "TCP to 160.79.104.10:443 answered in 12 ms, TLS never did". */
export type Evidence = Words;

/** What a rule says when it applies. */
export interface Match {
  /** 0 to 1. Below 0.8 the runner-up is shown as well. */
  readonly confidence: number;
  /** Overrides the rule's severity where the same cause can be harmless. */
  readonly severity?: Severity;
  readonly evidence: readonly Evidence[];
  readonly title: Words;
  /** Why it is so: one to three sentences. */
  readonly why: Words;
  readonly fix: readonly Fix[];
  /** What the network administrator has to know, when the fix is theirs. */
  readonly letter?: Letter;
  /** Ids of the probes that did not pass because of this. */
  readonly explains: readonly string[];
}

/** For the network administrator. */
export interface Letter {
  readonly ask: Words;
  /** host:port that must be reachable. */
  readonly hosts: readonly string[];
  /** Lines of what was seen, with addresses and codes. */
  readonly seen: readonly string[];
}

/** A row of the table of what can be wrong. */
export interface Rule {
  /** Stable, upper snake, begins with its layer's prefix: ENV_ DNS_ TCP_ MTU_ TLS_ PROXY_ HTTP_ AUTH_ ACCOUNT_ STREAM_ LONG_. */
  readonly code: string;
  readonly layer: Layer;
  readonly severity: Severity;
  /** For `explain`: what it is, when nothing was measured. */
  readonly title: Words;
  readonly meaning: Words;
  /** For `explain`: what to do in general. */
  readonly advice: Words;
  /** Where it was learned: public threads, vendor documents, RFCs. */
  readonly sources: readonly string[];
  /** Texts of programs that have this cause, for `explain "<pasted error>"`. */
  readonly says?: readonly RegExp[];
  /** Codes that make this one moot: when one of them applies, this is its consequence and is not told. */
  readonly yieldsTo?: readonly string[];
  /** Reads facts; undefined = does not apply. Facts of probes that did not run are missing, and a missing fact proves nothing. */
  match(facts: Facts, ctx: Context): Match | undefined;
}

/** A rule that applied. */
export interface Finding extends Match {
  readonly rule: Rule;
  readonly severity: Severity;
}
