// A gateway for tests of commands that ask its admin address.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, readConfig, startGateway } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { type Ended, runHere } from "./program.ts";

/** Opens its admin address. */
export const ADMIN_KEY = "fl-admin-0123456789abcdef0123456789abcdef0123456789abcdef";

/** What the tests work with; `folder` and `gateway` stand between `open` and `close`. */
export interface AdminGateway {
  /** Before the first test of a file. */
  readonly open: () => Promise<void>;
  /** After the last. */
  readonly close: () => Promise<void>;
  /** A folder of its own, where commands run. */
  readonly folder: string;
  readonly gateway: Gateway;
  /** Runs a command that finds the admin address and its key in the environment. */
  readonly run: (args: readonly string[], env?: Record<string, string>) => Promise<Ended>;
}

/** A gateway to be opened, with a project `web` and these upstreams. */
export function adminGateway(upstreams: readonly string[] = ["east"]): AdminGateway {
  let folder = "";
  let gateway: Gateway | undefined;
  const running = (): Gateway => {
    if (gateway === undefined) throw new Error("the gateway is not open");
    return gateway;
  };
  const open = async (): Promise<void> => {
    folder = mkdtempSync(join(tmpdir(), "fairlead-commands-"));
    const each = upstreams.map(
      (name) =>
        `  - { name: ${name}, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "\${UP}", proxy: none }`,
    );
    const text = `
store: "memory:"
listen: 127.0.0.1:0
admin: 127.0.0.1:0
upstreams:
${each.join("\n")}
projects: [{ name: web, keys: [fl-dev-0123456789abcdef0123] }]`;
    const { config } = readConfig(text, join(folder, "fairlead.yaml"), { UP: "sk-ant-upstream-0123456789" });
    gateway = await startGateway(config, systemRuntime(), { log() {}, adminKey: ADMIN_KEY });
  };
  const close = async (): Promise<void> => {
    await gateway?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    open,
    close,
    get folder() {
      return folder;
    },
    get gateway() {
      return running();
    },
    run: (args, env = {}) =>
      runHere(args, {
        folder,
        env: { HOME: folder, FAIRLEAD_ADMIN: running().adminUrl, FAIRLEAD_ADMIN_KEY: ADMIN_KEY, ...env },
      }),
  };
}
