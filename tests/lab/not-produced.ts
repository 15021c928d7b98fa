// Rows of the catalogue that the lab does not play, each with the reason. One entry per row.

/** A row and why it is not played. */
export interface NotProduced {
  readonly row: string;
  readonly reason: string;
}

export const NOT_PRODUCED: readonly NotProduced[] = [
  { row: "ENV-17", reason: "needs a running supervisor of Claude Code, whose environment is that of another shell" },
  {
    row: "TLS-03",
    reason: "needs the desktop program of Claude; the same world seen by Claude Code is tls-inspected-unknown",
  },
  {
    row: "TCP-09",
    reason: "a mistake inside a container's start script (set -e before ipset add): nothing of it is on the line",
  },
  { row: "TLS-16", reason: "needs schannel of Windows, which alone insists on revocation lists" },
  {
    row: "PRX-04",
    reason:
      "a request that a program sends in the wrong form: the doctor does not see the traffic of other programs, and its own is right",
  },
  {
    row: "PRX-11",
    reason:
      "the doctor's own tunnels are too short-lived; a fixed age of some minutes would need a soak through the proxy longer than a test may be",
  },
  {
    row: "PRX-12",
    reason: "the telemetry of another program waits for a host of its own, on a way that the doctor does not go",
  },
  {
    row: "API-15",
    reason: "a model that is not Claude, asked with Claude's caching fields: the doctor asks for no such model",
  },
  { row: "API-18", reason: "the program miscounts and sends nothing: there is no line to look at" },
  { row: "STR-08", reason: "needs an answer whose head takes 301 s; no probe waits that long for one" },
  {
    row: "STR-12",
    reason:
      "Bedrock's own framing: the doctor streams over the Messages API only, and knows the message of Claude Code (`explain`)",
  },
  {
    row: "LNG-05",
    reason: "the HTTP/2 pool of another program: the doctor opens a fresh connection for whatever it asks",
  },
];
