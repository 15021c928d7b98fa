// A proxy that takes seconds over each tunnel.

import type { Scenario } from "../scenario.ts";

const PROXY = `import { connect, createServer } from "node:net";
createServer((near) => {
  near.on("error", () => {});
  near.once("data", (head) => {
    const [, host, port] = /^CONNECT ([^:]+):(\\d+)/.exec(head.toString()) ?? [];
    setTimeout(() => {
      const far = connect(Number(port), host, () => {
        near.write("HTTP/1.1 200 OK\\r\\n\\r\\n");
        near.pipe(far).pipe(near);
      });
      far.on("error", () => near.destroy());
    }, 3000);
  });
}).listen(3128, "0.0.0.0", () => console.log("ready"));`;

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy needs three seconds for each tunnel, so that nothing is answered in time",
  world: async (lab) => {
    lab.file("/run/lab/slow.mjs", PROXY);
    await lab.start("r", process.execPath, ["/run/lab/slow.mjs"], { ready: /ready/ });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  // It waits until its time is up.
  expect: { verdict: "PROXY_SLOW", exit: 1, says: /3\.\d s/, maxMs: 9_500 },
};
