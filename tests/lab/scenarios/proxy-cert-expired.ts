// A proxy behind TLS whose certificate has expired.

import { squid } from "../proxies.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "squid's https_port shows a certificate of a public authority that has expired",
  world: async (lab) => {
    lab.dns({ answers: { "proxy.corp.example": ["10.77.1.1"] } });
    const files = `tls-cert=${lab.pki.path("expired.chain.pem")} tls-key=${lab.pki.path("leaf.key")}`;
    await squid(lab, 3128, [`https_port 10.77.1.1:3129 ${files}`, "http_access allow all"]);
  },
  env: { HTTPS_PROXY: "https://proxy.corp.example:3129" },
  args: ["--as", "python"],
  expect: { verdict: "PROXY_CERT_UNTRUSTED", exit: 1, says: /CERT_HAS_EXPIRED/, fix: /renew/ },
};
