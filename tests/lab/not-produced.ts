// Rows of the catalogue that the lab does not play, each with the reason. One entry per row.

/** A row and why it is not played. */
export interface NotProduced {
  readonly row: string;
  readonly reason: string;
}

export const NOT_PRODUCED: readonly NotProduced[] = [
  { row: "ENV-17", reason: "needs a running supervisor of Claude Code, whose environment is that of another shell" },
  { row: "TLS-03", reason: "needs the desktop program of Claude; the same world seen by Claude Code is tls-inspected-unknown" },
  { row: "TLS-16", reason: "needs schannel of Windows, which alone insists on revocation lists" },
];
