// Rules on addresses, made ready: which may ask, which may not.

import { type AddressRange, type IpAddress, readRange, within } from "./address-range.ts";

/** Ranges as they are written. */
export interface WrittenRules {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** Whether an address may ask. What is denied is refused even when allowed; an empty `allow` allows all. */
export class AddressRules {
  readonly #allow: readonly AddressRange[];
  readonly #deny: readonly AddressRange[];

  constructor({ allow, deny }: WrittenRules) {
    this.#allow = ranges(allow);
    this.#deny = ranges(deny);
  }

  /** Undefined when there is nothing to look at. */
  static of(written: WrittenRules | undefined): AddressRules | undefined {
    if (written === undefined || (written.allow.length === 0 && written.deny.length === 0)) return undefined;
    return new AddressRules(written);
  }

  /** An address that is not known passes no rule. */
  admits(ip: IpAddress | undefined): boolean {
    if (ip === undefined || within(ip, this.#deny)) return false;
    return this.#allow.length === 0 || within(ip, this.#allow);
  }
}

/** Ranges made ready; what is none was refused when it was written. */
export function ranges(written: readonly string[]): readonly AddressRange[] {
  return written.flatMap((text) => {
    const range = readRange(text);
    return range === undefined ? [] : [range];
  });
}
