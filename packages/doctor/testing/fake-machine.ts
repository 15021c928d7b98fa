// A machine that exists only in a test: its files, its environment, its names.

import type { Machine } from "../src/machine.ts";

/** What is on it. Everything else is not there. */
export interface Parts {
  readonly env?: { readonly [name: string]: string };
  /** Absolute path to text. */
  readonly files?: { readonly [path: string]: string };
  readonly platform?: Machine["platform"];
  readonly shell?: Machine["shell"];
  readonly home?: string;
  readonly user?: string;
  readonly hostname?: string;
  readonly run?: Machine["run"];
}

/** The machine: Linux, user `mallory` on host `moonbase`, unless told otherwise. Programs cannot be started. */
export function fakeMachine(parts: Parts = {}): Machine {
  const files = parts.files ?? {};
  const names = Object.keys(files);
  const isFolder = (path: string) => names.some((name) => name.startsWith(`${path.replace(/[\\/]$/, "")}/`));
  return {
    platform: parts.platform ?? "linux",
    wsl: false,
    container: false,
    env: parts.env ?? {},
    home: parts.home ?? "/home/mallory",
    cwd: `${parts.home ?? "/home/mallory"}/work`,
    user: parts.user ?? "mallory",
    hostname: parts.hostname ?? "moonbase",
    shell: parts.shell ?? "sh",
    nodeVersion: "24.21.0",
    readText: (path) => files[path],
    readBytes: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path])),
    statOf: (path) => {
      const text = files[path];
      if (text !== undefined) return { kind: "file", bytes: Buffer.byteLength(text) };
      return isFolder(path) ? { kind: "folder", bytes: 0 } : { error: "ENOENT" };
    },
    list: (folder) =>
      names
        .filter((name) => name.startsWith(`${folder}/`))
        .map((name) => name.slice(folder.length + 1).split("/")[0] ?? ""),
    findCommand: () => undefined,
    run: parts.run ?? (() => Promise.resolve(undefined)),
  };
}
