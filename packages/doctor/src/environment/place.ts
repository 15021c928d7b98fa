// Paths of the examined machine, which may be another kind of system than the one that runs this (in a test).

import { posix, win32 } from "node:path";
import type { Machine } from "../machine.ts";
import type { Source } from "./environment.ts";

/** Paths in that machine's way. */
export interface Place {
  join(...parts: string[]): string;
  dirname(path: string): string;
  /** Absolute form of a path, which may be relative to the working folder. */
  absolute(path: string): string;
  /** The path with `~` for the home folder. */
  shown(path: string): string;
}

/** The ways of a machine. */
export function placeOf(machine: Pick<Machine, "platform" | "home" | "cwd">): Place {
  const { home, cwd } = machine;
  const path = machine.platform === "win32" ? win32 : posix;
  const under = (one: string) => one === home || one.startsWith(home.endsWith(path.sep) ? home : home + path.sep);
  return {
    join: path.join,
    dirname: path.dirname,
    absolute: (one) => path.resolve(cwd, one),
    shown: (one) => (home.length > 1 && under(one) ? `~${one.slice(home.length)}` : one),
  };
}

/** Sources of one file, by line. */
export function found(kind: Source["kind"], path: string, place: Place): (line?: number) => Source {
  const shown = place.shown(path);
  return (line) => (line === undefined ? { kind, path, shown } : { kind, path, shown, line });
}

/** The folder and all above it, the folder first; ends at the root. */
export function upwards(folder: string, place: Place): string[] {
  const all = [folder];
  for (let here = place.dirname(folder); here !== all[all.length - 1]; here = place.dirname(here)) all.push(here);
  return all;
}
