// The layers of the line, in the order in which a request goes through them.

/** From the program outwards. A fault in one hides what lies behind it. */
export const LAYERS = [
  "environment",
  "dns",
  "tcp",
  "mtu",
  "tls",
  "proxy",
  "http",
  "credentials",
  "account",
  "streaming",
  "long",
] as const;

/** One layer of the line. */
export type Layer = (typeof LAYERS)[number];

/** Place of a layer on the line, 0 = next to the program. */
export function depthOf(layer: Layer): number {
  return LAYERS.indexOf(layer);
}
