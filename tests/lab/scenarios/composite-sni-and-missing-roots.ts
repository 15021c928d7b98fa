// A filter resets by server name, and the file with roots is not there.

import type { Scenario } from "../scenario.ts";

const MATCH = "-p tcp --dport 443 -m string --string api.anthropic.com --algo bm -j REJECT --reject-with tcp-reset";
const SNI = `iptables -A FORWARD ${MATCH}; ip6tables -A FORWARD ${MATCH}`;

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "handshakes for the API's name are reset, and NODE_EXTRA_CA_CERTS names no file",
  world: (lab) => lab.sh("r", SNI).then(() => {}),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "/run/home/dev/corp-root.pem" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_SNI_RESET", exit: 1, also: ["TLS_ROOTS_FILE_MISSING"] },
};
