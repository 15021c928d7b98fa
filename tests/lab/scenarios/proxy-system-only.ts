// The desktop has a proxy, the terminal has none.

import type { Scenario } from "../scenario.ts";

const RULES = `
table inet f {
  chain way {
    type filter hook forward priority 0;
    iifname r0 tcp dport 443 drop
  }
}`;

const GSETTINGS = `#!/bin/sh
cat <<'E'
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy.https host '10.77.1.1'
org.gnome.system.proxy.https port 3128
E
`;

export const scenario: Scenario = {
  rows: ["PRX-13"],
  kind: "fault",
  about: "gsettings names the proxy of the desktop, and the firewall lets only the proxy out",
  world: async (lab) => {
    await lab.tinyproxy(3128);
    await lab.nft("r", RULES);
  },
  env: { XDG_CURRENT_DESKTOP: "GNOME", DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus" },
  home: { ".local/bin/gsettings": GSETTINGS },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_SYSTEM_ONLY", exit: 1, fix: /HTTPS_PROXY/ },
};
