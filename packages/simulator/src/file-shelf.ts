// The files that were uploaded, in memory and bounded.

/** One file. */
export interface StoredFile {
  readonly id: string;
  readonly filename: string;
  readonly mimeType: string;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly content: Buffer;
}

/** Most bytes kept; the oldest files leave first. */
const MOST_BYTES = 512 * 1024 * 1024;

/** Files in the order of their upload. */
export class FileShelf {
  readonly #files = new Map<string, StoredFile>();
  #bytes = 0;

  add(file: StoredFile): void {
    this.#files.set(file.id, file);
    this.#bytes += file.content.length;
    for (const oldest of this.#files.keys()) {
      if (this.#bytes <= MOST_BYTES || this.#files.size === 1) break;
      this.remove(oldest);
    }
  }

  get(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  /** Newest first. */
  all(): StoredFile[] {
    return [...this.#files.values()].reverse();
  }

  /** False when there was none. */
  remove(id: string): boolean {
    const file = this.#files.get(id);
    if (file === undefined) return false;
    this.#bytes -= file.content.length;
    return this.#files.delete(id);
  }

  clear(): void {
    this.#files.clear();
    this.#bytes = 0;
  }
}
