// Which gateway's admin address a command means, and the key for it.

import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { CliError } from "../cli-error.ts";
import { isLoopback } from "../loopback.ts";
import { findRunning, stateFolder } from "../run-file.ts";
import type { Terminal } from "../terminal.ts";
import { KEY_FILE, notedKey, readKey } from "./local-key.ts";

/** An admin address, and the key when there is one. */
export interface AdminTarget {
  /** Origin, such as http://127.0.0.1:4101. */
  readonly url: string;
  readonly key: string | undefined;
}

/** The address where a gateway listens when nobody says otherwise. */
const STANDARD = "http://127.0.0.1:4101";
/** Folder of a gateway's data when its file does not say otherwise. */
const DATA_FOLDER = "fairlead-data";

/** Reads the argument of `--admin`. Throws commander's error for arguments. */
export function readAdmin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "") return url.origin;
  throw new InvalidArgumentError("It must be an address such as http://127.0.0.1:4101.");
}

/**
 * Finds both: the address from `--admin`, FAIRLEAD_ADMIN, the start that runs in this folder, else the standard one; the
 * key from FAIRLEAD_ADMIN_KEY, else, for an address of this machine only, from the file that the gateway there has left.
 */
export function findAdmin(named: string | undefined, terminal: Terminal): AdminTarget {
  const url = named ?? fromEnvironment(terminal) ?? ofStart(terminal) ?? STANDARD;
  return { url, key: adminKey(url, terminal) };
}

/** The key for an address; undefined when none is known. */
export function adminKey(url: string, terminal: Terminal): string | undefined {
  const { env, folder } = terminal;
  const given = env.FAIRLEAD_ADMIN_KEY?.trim();
  if (given !== undefined && given !== "") {
    if (url.startsWith("https:") || isLoopback(url)) return given;
    throw new CliError(
      `${url} is on another machine and not https: the key would travel in the clear. Use https, or an ssh tunnel to its loopback address.`,
    );
  }
  // A key in a file opens a gateway of this machine, and is shown to nobody else.
  if (!isLoopback(url)) return undefined;
  if (url === ofStart(terminal)) return readKey(join(stateFolder(folder), KEY_FILE));
  return notedKey(url, env) ?? readKey(join(folder, DATA_FOLDER, KEY_FILE));
}

function fromEnvironment({ env }: Terminal): string | undefined {
  const text = env.FAIRLEAD_ADMIN?.trim();
  if (text === undefined || text === "") return undefined;
  try {
    return readAdmin(text);
  } catch {
    throw new CliError(`FAIRLEAD_ADMIN is ${JSON.stringify(text)}, and must be an address such as ${STANDARD}.`, 2);
  }
}

/** The admin address of the start that runs in this folder. */
function ofStart(terminal: Terminal): string | undefined {
  const running = findRunning(terminal.folder);
  if (running === undefined) return undefined;
  if (running.adminUrl !== undefined) return running.adminUrl;
  if (!URL.canParse(running.url)) return undefined;
  const url = new URL(running.url);
  url.port = String(Number(url.port || "80") + 1);
  return url.origin;
}
