// Notices: short words from one instance to all, soon but not surely; what they tell of is read from the records.

/** A way to tell the other instances. A notice can be lost when a line breaks: whoever listens looks again by itself. */
export interface Notices {
  /** Tells everyone, this instance included. `topic` and `text` together at most 4,000 characters. Rejects with a StoreError. */
  publish(topic: string, text: string): Promise<void>;
  /**
   * Hears what is published from now on; returns the way to stop. `undefined` as text: it listens from this moment on, look
   * for yourself at what came before. That is told once at the beginning, and whenever the line was lost and is there again.
   */
  subscribe(topic: string, hear: (text: string | undefined) => void): () => void;
}
