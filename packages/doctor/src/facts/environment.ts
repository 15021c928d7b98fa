// Facts of the environment layer. What is set where is in the Environment itself; these are the faults found in it.

/** A fault of a value, with where it is. `problem` is a stable word that rules switch on. */
export interface Lint {
  readonly problem: string;
  readonly name: string;
  /** Where, such as `~/.claude/settings.json line 4`. */
  readonly where: string;
  /** Figures and masked values. */
  readonly detail: { readonly [key: string]: string | number | boolean };
}

export interface CredentialLint {
  readonly lints: readonly Lint[];
}
export interface UrlLint {
  readonly lints: readonly Lint[];
}
export interface ProxyLint {
  readonly lints: readonly Lint[];
}
export interface SettingsLint {
  readonly lints: readonly Lint[];
}
/** The hosts that the first start of Claude Code asks, looked at when it may still be to come. */
export interface FirstRunFacts {
  readonly hosts: readonly {
    readonly host: string;
    readonly ok: boolean;
    readonly at?: "dns" | "tcp" | "proxy" | "tls";
    readonly error?: string;
  }[];
}
