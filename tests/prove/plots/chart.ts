// Draws a chart as SVG: a white card that reads on light and dark pages alike, the same bytes for the same numbers.

/** One axis. `log` for a logarithmic one; ticks are found where none are given. */
export interface Axis {
  /** What it shows, with its unit. */
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly log?: boolean;
  readonly ticks?: readonly number[];
  /** A tick's words; default: the number with thousands apart. */
  readonly words?: (value: number) => string;
}

/** One line: points in the order of x. */
export interface Line {
  readonly name: string;
  readonly points: ReadonlyArray<readonly [x: number, y: number]>;
  /** Goes level until the next point and then straight up or down. */
  readonly step?: boolean;
  readonly dashed?: boolean;
  /** Which colour of the palette; default: its place among the lines. */
  readonly colour?: number;
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  /** A sentence under the title: the world that it comes from. */
  readonly note: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  /** Times that are shaded, with their name. */
  readonly bands?: ReadonlyArray<{ readonly from: number; readonly to: number; readonly label: string }>;
  /** Level lines: a limit, a capacity. */
  readonly rules?: ReadonlyArray<{ readonly at: number; readonly label: string }>;
  /** Bars in groups in place of lines: each group's name, each series' values by group. `x` then says only its label. */
  readonly groups?: readonly string[];
  readonly bars?: ReadonlyArray<{ readonly name: string; readonly values: readonly number[] }>;
}

const WIDTH = 860;
const HEIGHT = 430;
const LEFT = 92;
/** Where titles and legends begin. */
const EDGE = 24;
const RIGHT = 24;
const BOTTOM = 62;
const TEXT = 15;
const SMALL = 13;
const LETTER = 0.54;
const LEGEND_TOP = 78;
const LEGEND_STEP = 22;
/** Of Okabe and Ito (Color Universal Design, 2008): told apart by those who see colours differently too. */
const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A6D00", "#555555"];
const INK = "#1F2328";
const FAINT = "#59636E";
const GRID = "#E4E7EB";
const DASH = "7 5";

/** The SVG of a chart. */
export function drawn(chart: Chart): string {
  const legend = placed(chart);
  // Room above the frame for the names of bands, where no line crosses them.
  const top = LEGEND_TOP + legend.rows * LEGEND_STEP + (chart.bands === undefined ? 2 : 16);
  const frame: Frame = {
    x: scale(chart.x, LEFT, WIDTH - RIGHT),
    y: scale(chart.y, HEIGHT - BOTTOM, top),
    top,
  };
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" font-size="${TEXT}" fill="${INK}">`,
    `<title>${escaped(chart.title)}</title>`,
    `<desc>${escaped(chart.note)}</desc>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8" fill="#FFFFFF" stroke="#D1D9E0"/>`,
    text(EDGE, 30, chart.title, { size: 18, bold: true }),
    text(EDGE, 53, chart.note, { size: SMALL, fill: FAINT }),
    ...bands(chart, frame),
    ...axes(chart, frame),
    ...(chart.bars === undefined ? lines(chart, frame) : bars(chart, frame)),
    ...rules(chart, frame),
    ...legend.parts,
    "</svg>",
  ];
  return `${parts.join("\n")}\n`;
}

interface Frame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly top: number;
}

function scale({ from, to, log = false }: Axis, low: number, high: number): (value: number) => number {
  const at = log ? Math.log10 : (value: number) => value;
  return (value) => low + ((at(Math.min(to, Math.max(from, value))) - at(from)) / (at(to) - at(from))) * (high - low);
}

function axes(chart: Chart, { x, y, top }: Frame): string[] {
  const parts: string[] = [];
  const bottom = HEIGHT - BOTTOM;
  for (const value of ticksOf(chart.y)) {
    const at = y(value);
    parts.push(`<path d="M${n(LEFT)} ${n(at)}H${n(WIDTH - RIGHT)}" stroke="${GRID}"/>`);
    parts.push(text(LEFT - 10, at + 5, wordsOf(chart.y, value), { anchor: "end", size: SMALL, fill: FAINT }));
  }
  if (chart.groups === undefined) {
    for (const value of ticksOf(chart.x)) {
      const at = x(value);
      parts.push(`<path d="M${n(at)} ${n(bottom)}v5" stroke="${FAINT}"/>`);
      parts.push(text(at, bottom + 21, wordsOf(chart.x, value), { anchor: "middle", size: SMALL, fill: FAINT }));
    }
  }
  parts.push(`<path d="M${n(LEFT)} ${n(bottom)}H${n(WIDTH - RIGHT)}" stroke="${FAINT}"/>`);
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, chart.x.label, { anchor: "middle" }));
  const middle = (top + bottom) / 2;
  parts.push(
    `<text transform="translate(${n(LEFT - 73)} ${n(middle)}) rotate(-90)" text-anchor="middle">${escaped(chart.y.label)}</text>`,
  );
  return parts;
}

function bands({ bands = [] }: Chart, { x, top }: Frame): string[] {
  return bands.flatMap(({ from, to, label }) => {
    const [left, right] = [x(from), x(to)];
    return [
      `<rect x="${n(left)}" y="${n(top)}" width="${n(right - left)}" height="${n(HEIGHT - BOTTOM - top)}" fill="#F3F0E6"/>`,
      text((left + right) / 2, top - 6, label, { anchor: "middle", size: SMALL, fill: FAINT }),
    ];
  });
}

function rules({ rules = [] }: Chart, { y }: Frame): string[] {
  return rules.flatMap(({ at, label }) => [
    `<path d="M${n(LEFT)} ${n(y(at))}H${n(WIDTH - RIGHT)}" stroke="${INK}" stroke-width="1.2" stroke-dasharray="2 4"/>`,
    text(WIDTH - RIGHT - 4, y(at) - 7, label, { anchor: "end", size: SMALL, halo: true }),
  ]);
}

function lines({ lines: all }: Chart, { x, y }: Frame): string[] {
  return all.map((line, i) => {
    let path = "";
    for (const [at, value] of line.points) {
      if (path === "") path = `M${n(x(at))} ${n(y(value))}`;
      else path += line.step ? `H${n(x(at))}V${n(y(value))}` : `L${n(x(at))} ${n(y(value))}`;
    }
    const dash = line.dashed ? ` stroke-dasharray="${DASH}"` : "";
    return `<path d="${path}" fill="none" stroke="${colourOf(line, i)}" stroke-width="2.2" stroke-linejoin="round"${dash}/>`;
  });
}

function bars({ bars: all = [], groups = [], y: axis }: Chart, { y }: Frame): string[] {
  const room = (WIDTH - RIGHT - LEFT) / groups.length;
  const width = Math.min(56, (room * 0.72) / all.length);
  const parts: string[] = [];
  for (const [g, name] of groups.entries()) {
    const middle = LEFT + room * (g + 0.5);
    parts.push(text(middle, HEIGHT - BOTTOM + 21, name, { anchor: "middle", size: SMALL, fill: FAINT }));
    for (const [i, { values }] of all.entries()) {
      const value = values[g] ?? 0;
      const left = middle + (i - all.length / 2) * width;
      const at = y(value);
      parts.push(
        `<rect x="${n(left + 2)}" y="${n(at)}" width="${n(width - 4)}" height="${n(HEIGHT - BOTTOM - at)}" fill="${COLOURS[i] ?? INK}"/>`,
      );
      parts.push(text(left + width / 2, at - 6, wordsOf(axis, value), { anchor: "middle", size: SMALL }));
    }
  }
  return parts;
}

/** The legend, in rows as wide as there is room. */
function placed(chart: Chart): { readonly rows: number; readonly parts: string[] } {
  const entries = chart.bars ?? chart.lines;
  const parts: string[] = [];
  let left = EDGE;
  let row = 0;
  for (const [i, entry] of entries.entries()) {
    const width = 40 + entry.name.length * TEXT * LETTER;
    if (left + width > WIDTH - RIGHT && i > 0) {
      left = EDGE;
      row += 1;
    }
    const at = LEGEND_TOP + row * LEGEND_STEP;
    const line = "points" in entry ? entry : undefined;
    const colour = line === undefined ? (COLOURS[i] ?? INK) : colourOf(line, i);
    parts.push(
      line === undefined
        ? `<rect x="${n(left)}" y="${n(at - 11)}" width="24" height="12" fill="${colour}"/>`
        : `<path d="M${n(left)} ${n(at - 5)}h24" stroke="${colour}" stroke-width="3"${line.dashed ? ` stroke-dasharray="${DASH}"` : ""}/>`,
    );
    parts.push(text(left + 31, at, entry.name));
    left += width + 14;
  }
  return { rows: row + 1, parts };
}

function colourOf(line: Line, place: number): string {
  return COLOURS[line.colour ?? place] ?? INK;
}

/** Some four to seven ticks at round numbers; each power of ten on a logarithmic axis. */
function ticksOf({ from, to, log, ticks }: Axis): readonly number[] {
  if (ticks !== undefined) return ticks;
  const list: number[] = [];
  if (log) {
    for (let power = Math.ceil(Math.log10(from) - 1e-9); 10 ** power <= to * (1 + 1e-9); power++)
      list.push(10 ** power);
    return list;
  }
  const rough = (to - from) / 5;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * ten).find((one) => one >= rough) ?? 10 * ten;
  for (let at = Math.ceil(from / step) * step; at <= to + step * 1e-9; at += step) list.push(at);
  return list;
}

function wordsOf({ words }: Axis, value: number): string {
  return words === undefined ? Number(value.toPrecision(6)).toLocaleString("en-US") : words(value);
}

function text(
  x: number,
  y: number,
  words: string,
  more: {
    readonly anchor?: "middle" | "end";
    readonly size?: number;
    readonly fill?: string;
    readonly bold?: boolean;
    /** White around the letters, for words on lines. */
    readonly halo?: boolean;
  } = {},
): string {
  const { anchor, size, fill, bold, halo } = more;
  const attributes = [
    anchor === undefined ? "" : ` text-anchor="${anchor}"`,
    size === undefined ? "" : ` font-size="${size}"`,
    fill === undefined ? "" : ` fill="${fill}"`,
    bold ? ` font-weight="bold"` : "",
    halo ? ` stroke="#FFFFFF" stroke-width="4" stroke-linejoin="round" paint-order="stroke"` : "",
  ];
  return `<text x="${n(x)}" y="${n(y)}"${attributes.join("")}>${escaped(words)}</text>`;
}

/** A coordinate to a tenth: finer than anybody sees, and the same text on every machine. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
