// Counters and histograms in the text format of Prometheus: plain arrays, because they are on the hot path.

/** Series per metric; names that callers can choose must not fill the memory. Beyond it all go to one series `other`. */
const MAX_SERIES = 500;

/** One number under its label values, which stand in the order of the metric's labels. */
export interface Sample {
  readonly values: readonly string[];
  readonly value: number;
}

/** So many series are remembered as used last. */
const RECENT = 4;

function same(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

abstract class Metric<S> {
  abstract readonly kind: "counter" | "histogram";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  protected readonly series = new Map<string, S>();
  /** The series used last, with their label values: found again without joining these to a key. */
  readonly #recent: Array<{ readonly values: readonly string[]; readonly one: S } | undefined> = new Array(RECENT).fill(
    undefined,
  );
  #turn = 0;
  readonly #most: number;
  /** Lists of label values that found no place of their own and went to `other`. */
  overflowed = 0;

  constructor(name: string, help: string, labels: readonly string[], most = MAX_SERIES) {
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#most = most;
  }

  protected abstract fresh(): S;

  /** The series of these label values, which must be as many as there are labels. */
  protected at(values: readonly string[]): S {
    for (const recent of this.#recent) if (recent !== undefined && same(recent.values, values)) return recent.one;
    const one = this.#find(values);
    this.#recent[this.#turn] = { values, one };
    this.#turn = (this.#turn + 1) % RECENT;
    return one;
  }

  #find(values: readonly string[]): S {
    const key = values.length === 1 ? (values[0] as string) : values.join("\u0001");
    let one = this.series.get(key);
    if (one === undefined) {
      const full = this.series.size >= this.#most;
      if (full) this.overflowed += 1;
      const name = full ? this.labels.map(() => "other").join("\u0001") : key;
      one = this.series.get(name);
      if (one === undefined) {
        one = this.fresh();
        this.series.set(name, one);
      }
    }
    return one;
  }

  protected labelText(key: string, extra = ""): string {
    const values = this.labels.length === 0 ? [] : key.split("\u0001");
    const pairs = this.labels.map((label, i) => `${label}="${escaped(values[i] ?? "")}"`);
    if (extra !== "") pairs.push(extra);
    return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  }

  abstract print(): string;
}

/** A number that only grows. */
export class Counter extends Metric<{ value: number }> {
  readonly kind = "counter";

  add(values: readonly string[], by = 1): void {
    this.at(values).value += by;
  }

  protected fresh() {
    return { value: 0 };
  }

  print(): string {
    let text = `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} counter\n`;
    for (const [key, { value }] of this.series) text += `${this.name}${this.labelText(key)} ${value}\n`;
    return text;
  }
}

/** A number read at the moment of printing; of kind `counter` when what is read only grows. */
export class Gauge {
  readonly kind: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly #read: () => readonly Sample[];

  constructor(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => readonly Sample[],
    kind: "gauge" | "counter" = "gauge",
  ) {
    this.kind = kind;
    this.name = name;
    this.help = help;
    this.labels = labels;
    this.#read = read;
  }

  print(): string {
    let text = `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} ${this.kind}\n`;
    for (const { values, value } of this.#read()) {
      const pairs = this.labels.map((label, i) => `${label}="${escaped(values[i] ?? "")}"`).join(",");
      text += `${this.name}${pairs === "" ? "" : `{${pairs}}`} ${value}\n`;
    }
    return text;
  }
}

interface Buckets {
  readonly counts: Float64Array;
  sum: number;
  count: number;
}

/** A distribution over fixed bounds. */
export class Histogram extends Metric<Buckets> {
  readonly kind = "histogram";
  readonly #bounds: readonly number[];

  constructor(name: string, help: string, labels: readonly string[], bounds: readonly number[]) {
    super(name, help, labels);
    this.#bounds = bounds;
  }

  observe(values: readonly string[], value: number): void {
    const one = this.at(values);
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] as number)) i++;
    one.counts[i] = (one.counts[i] as number) + 1;
    one.sum += value;
    one.count += 1;
  }

  protected fresh(): Buckets {
    return { counts: new Float64Array(this.#bounds.length + 1), sum: 0, count: 0 };
  }

  print(): string {
    let text = `# HELP ${this.name} ${this.help}\n# TYPE ${this.name} histogram\n`;
    for (const [key, one] of this.series) {
      let total = 0;
      for (let i = 0; i < this.#bounds.length; i++) {
        total += one.counts[i] as number;
        text += `${this.name}_bucket${this.labelText(key, `le="${this.#bounds[i]}"`)} ${total}\n`;
      }
      text += `${this.name}_bucket${this.labelText(key, 'le="+Inf"')} ${one.count}\n`;
      text += `${this.name}_sum${this.labelText(key)} ${one.sum}\n${this.name}_count${this.labelText(key)} ${one.count}\n`;
    }
    return text;
  }
}

/** As the text format wants it; a line break of any kind would end the sample. */
function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`));
}
