// The line of byte shapes between an answer and its socket.

import type { Exchange } from "./exchange.ts";
import type { ByteShape, Emit } from "./faults/kind.ts";

/** Bytes go through every shape in the order they were added, then to the exchange. Without shapes nothing is copied. */
export class ByteLine {
  readonly #exchange: Exchange;
  readonly #shapes: ByteShape[] = [];

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  add(shape: ByteShape): void {
    this.#shapes.push(shape);
  }

  /** Pushes text. True: there is room for more at once. */
  push(text: string): true | Promise<unknown> {
    if (text === "") return true;
    if (this.#shapes.length === 0) return this.#exchange.write(text);
    return this.#enter(0, Buffer.from(text));
  }

  /** Lets every shape give what it holds. */
  async end(): Promise<void> {
    for (const [index, shape] of this.#shapes.entries()) await shape.end?.(this.#after(index));
  }

  async #enter(index: number, bytes: Buffer): Promise<void> {
    const shape = this.#shapes[index];
    if (shape === undefined) await this.#exchange.write(bytes);
    else await shape.push(bytes, this.#after(index));
  }

  #after(index: number): Emit {
    return (bytes) => this.#enter(index + 1, bytes);
  }
}
