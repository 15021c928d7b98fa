// What people call keys and services, by the ids that limits and usage have.

import type { Config } from "../config/config.ts";
import type { Directory } from "../identity/directory.ts";
import { keyIdOf } from "../identity/file-keys.ts";

/** Finds the name of an id; undefined when there is none, or it is known no more. */
export type NameOf = (id: string) => string | undefined;

/** Names of the store's keys and services, and of the keys of the file that have one. */
export function keyNames(directory: Pick<Directory, "keyById" | "serviceOf">, config: () => Config): NameOf {
  let read: { readonly of: Config; readonly names: ReadonlyMap<string, string> } | undefined;
  return (id) => {
    const stored = directory.keyById(id)?.name ?? directory.serviceOf(id)?.name;
    if (stored !== undefined) return stored;
    const of = config();
    if (read?.of !== of) read = { of, names: fileNames(of) };
    return read.names.get(id);
  };
}

function fileNames({ projects }: Config): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { keyAllowances = [] } of projects) {
    for (const { name, keys } of keyAllowances) {
      if (name !== undefined) for (const key of keys) names.set(keyIdOf(key), name);
    }
  }
  return names;
}
