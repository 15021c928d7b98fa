// The layers while they are looked at, redrawn in place on a terminal.

import type { Clock, Timer } from "@fairlead/runtime";
import type { Probed, Watcher } from "../graph.ts";
import { LAYERS, type Layer } from "../layer.ts";
import type { Probe } from "../probe.ts";
import type { Mask } from "./masker.ts";
import { PHRASES } from "./phrases.ts";
import { type LayerState, type Look, layerLine, layerState } from "./screen.ts";

/** Time between two drawings, milliseconds. */
const FRAME_MS = 100;

const HIDE = "\u001b[?25l";
const SHOW = "\u001b[?25h";
const CLEAR_LINE = "\u001b[2K";

/** A drawing that goes on until `end`. */
export interface Live extends Watcher {
  /** Draws a last time and gives the cursor back. */
  end(): void;
}

/** Draws the layers of `probes` and keeps them current. `mask` is asked for when notes are there to be masked. */
export function live(
  write: (text: string) => void,
  clock: Clock,
  probes: readonly Probe[],
  look: Look,
  mask: Mask,
): Live {
  const layers = LAYERS.filter((layer) => probes.some((probe) => probe.layer === layer));
  const ended = new Map<string, Probed>();
  const running = new Set<Probe>();
  let drawn = 0;
  let frame = 0;
  let timer: Timer | undefined;
  let over = false;

  const draw = () => {
    const up = drawn > 0 ? `\u001b[${drawn}A` : "";
    const lines = layers.map((layer) => layerLine(layer, stateOf(layer), look, frame));
    write(`${up}${lines.map((line) => `\r${CLEAR_LINE}${line}\n`).join("")}`);
    drawn = lines.length;
  };
  const stateOf = (layer: Layer): LayerState => {
    const { language } = look;
    const own = probes.filter((probe) => probe.layer === layer);
    const done = own.flatMap(({ id }) => ended.get(id) ?? []);
    const now = own.find((probe) => running.has(probe));
    if (now !== undefined) return { status: "running", note: `${PHRASES.running[language]}${now.title[language]}` };
    if (done.length < own.length) return { status: "waiting", note: "" };
    return layerState(
      done.map(({ probe, status, ms, note }) => ({ id: probe.id, status, ms, note: mask(note[language]) })),
      look,
    );
  };
  const tick = () => {
    if (over) return;
    frame += 1;
    draw();
    timer = clock.timer(FRAME_MS, tick);
  };

  write(HIDE);
  draw();
  timer = clock.timer(FRAME_MS, tick);
  return {
    started(probe) {
      running.add(probe);
    },
    ended(probed) {
      running.delete(probed.probe);
      ended.set(probed.probe.id, probed);
    },
    end() {
      if (over) return;
      over = true;
      timer?.cancel();
      draw();
      write(SHOW);
    },
  };
}
