// A firewall that answers the name of the API with an alert of its own.

import type { Scenario } from "../scenario.ts";

/** Ends TLS with the alert access_denied where the name is seen, and carries everything else on. */
const FILTER = `import { connect, createServer } from "node:net";
createServer((near) => {
  near.on("error", () => {});
  near.once("data", (hello) => {
    if (hello.includes("anthropic")) return near.end(Buffer.from([0x15, 3, 3, 0, 2, 2, 49]));
    const far = connect(443, "160.79.104.10");
    far.on("error", () => near.destroy());
    far.write(hello);
    near.pipe(far).pipe(near);
  });
}).listen(9443, "0.0.0.0", () => console.log("ready"));`;

export const scenario: Scenario = {
  rows: ["TLS-17"],
  kind: "fault",
  about: "a firewall looks for the name in the ClientHello and answers with the alert access_denied",
  world: async (lab) => {
    lab.dns({ answers: { "api.anthropic.com": ["160.79.104.10"] } });
    lab.file("/run/lab/filter.mjs", FILTER);
    const redirect = "iifname r0 ip daddr 160.79.104.10 tcp dport 443 redirect to :9443";
    await lab.nft("r", `table ip f {\n chain p {\n type nat hook prerouting priority -100\n ${redirect}\n }\n}`);
    await lab.start("r", process.execPath, ["/run/lab/filter.mjs"], { ready: /ready/ });
  },
  args: ["--as", "node"],
  expect: { verdict: "TLS_SNI_RESET", exit: 1, not: ["TLS_HANDSHAKE_REFUSED"], says: /ACCESS_DENIED/ },
};
