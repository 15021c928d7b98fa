// The fact bus: everything worth knowing is one typed fact, and whoever needs it listens.

/** The least a fact is: what kind, and when (monotonic milliseconds). Rooms declare their own kinds on top. */
export interface Fact {
  readonly kind: string;
  readonly at: number;
}

/** One listener. It must not throw; what it throws is swallowed so that telling never breaks doing. */
export type Listener = (fact: Fact) => void;

/** Hands each fact to every listener, in the order in which they came. */
export class Bus {
  readonly #listeners: Listener[] = [];
  /** How many facts a listener failed on. Above zero is a bug in a listener. */
  faults = 0;

  /** Adds a listener; returns the way to remove it. */
  listen(listener: Listener): () => void {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.indexOf(listener);
      if (at >= 0) this.#listeners.splice(at, 1);
    };
  }

  readonly emit = (fact: Fact): void => {
    const listeners = this.#listeners;
    for (let i = 0; i < listeners.length; i++) {
      try {
        (listeners[i] as Listener)(fact);
      } catch {
        this.faults += 1;
      }
    }
  };
}
