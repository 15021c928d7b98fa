// The gateway as tests start it: what it says is kept as evidence, and the secrets of its configuration are planted.

import { type Config, type Gateway, startGateway as start } from "@fairlead/gateway";
import type { Runtime } from "@fairlead/runtime";
import { keepAdmin, keepEvidence, plantSecrets } from "./evidence.ts";

/** Opens the admin address where the test brings no key of its own. */
const WATCH_KEY = "fl-admin-watch-0123456789abcdef0123456789abcdef";

type Doors = Parameters<typeof start>[2];

/** As `startGateway` of the gateway. Before it closes, its metrics, state and last requests are kept. */
export async function startGateway(config: Config, rt: Runtime, doors: Doors): Promise<Gateway> {
  const adminKey = doors.adminKey ?? WATCH_KEY;
  plantSecrets(adminKey, ...secretsOf(config));
  const gateway = await start(config, rt, {
    ...doors,
    adminKey,
    log(text) {
      keepEvidence("log", text);
      doors.log(text);
    },
  });
  const kept = () => keepAdmin(gateway.adminUrl, { authorization: `Bearer ${adminKey}` });
  return {
    ...gateway,
    async drain() {
      await kept();
      return gateway.drain();
    },
    async close() {
      await kept();
      await gateway.close();
    },
  };
}

/** Secrets that are long enough not to be found by chance. */
function secretsOf(config: Config): readonly string[] {
  const all = [
    ...config.upstreams.map(({ api_key }) => api_key),
    ...config.projects.flatMap(({ keys }) => keys),
    ...config.admin_keys,
    config.identity.secret,
  ];
  return all.filter((one): one is string => one !== undefined && one.length >= 12 && !/\s/.test(one));
}
