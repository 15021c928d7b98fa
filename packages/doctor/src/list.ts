// `doctor list`: every check and every code.

import { plainRule } from "./explain.ts";
import type { Io } from "./io.ts";
import { LAYERS } from "./layer.ts";
import type { Machine } from "./machine.ts";
import { hasColour, paintOf } from "./output/paint.ts";
import { LAYER_NAMES } from "./output/phrases.ts";
import { columnsOf } from "./output/screen.ts";
import { cut, pad } from "./output/width.ts";
import { PROBES } from "./probes/index.ts";
import { RULES } from "./rules/index.ts";
import { isRequired } from "./verdict.ts";
import type { Language } from "./words.ts";

/** Prints both tables. Exit code 0. */
export function list(
  wish: { readonly json: boolean; readonly colour: boolean },
  language: Language,
  machine: Machine,
  io: Io,
): number {
  if (wish.json) {
    const probes = PROBES.map(({ id, layer, title, deep, required }) => ({
      id,
      layer,
      title: title[language],
      deep: deep === true,
      required: isRequired({ required }),
    }));
    io.out.write(
      `${JSON.stringify({ probes, codes: RULES.map((rule) => plainRule(rule, language)) }, undefined, 2)}\n`,
    );
    return 0;
  }
  const paint = paintOf(hasColour(io.out, machine.env, wish.colour));
  const width = Math.max(...PROBES.map(({ id }) => id.length), ...RULES.map(({ code }) => code.length), 4);
  const room = columnsOf(io.out) - width - 4;
  const row = (name: string, text: string) => `  ${pad(name, width)}  ${cut(text, room)}`;
  const lines = LAYERS.flatMap((layer) => {
    const probes = PROBES.filter((probe) => probe.layer === layer);
    const rules = RULES.filter((rule) => rule.layer === layer);
    if (probes.length + rules.length === 0) return [];
    return [
      paint.bold(LAYER_NAMES[layer][language]),
      ...probes.map(({ id, title, deep }) =>
        paint.cyan(row(id, `${title[language]}${deep === true ? " (--deep)" : ""}`)),
      ),
      ...rules.map(({ code, title }) => row(code, title[language])),
      "",
    ];
  });
  io.out.write(`${lines.join("\n")}\n`);
  return 0;
}
