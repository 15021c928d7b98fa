// The spool: a local log of records that outlives the process, written before anything else is told.

import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { newId, type Runtime, type Timer } from "@fairlead/runtime";
import { StoreError } from "../store-error.ts";
import { BEAT_MS, InstanceFolder, segmentPath, segmentsIn } from "./instance-folder.ts";
import {
  diskError,
  mendSegment,
  moveAside,
  readSegment,
  removeSegment,
  SegmentFile,
  type SpoolReport,
  syncFolder,
} from "./segment-file.ts";
import { type Counted, readTally, TallyFile } from "./tally-file.ts";

/** Bytes of one write that need no buffer of their own. */
const BUFFER_BYTES = 65_536;

/** Options of a spool. */
export interface SpoolOptions {
  /** Where it lives. Several processes may share one: each writes to a folder of its own below it. */
  readonly folder: string;
  /** Bytes that may wait here. Default 1 GB. */
  readonly quota?: number | undefined;
  /** Bytes after which a new segment begins. Default 8 MB. */
  readonly segment?: number | undefined;
  /** The disk is asked to keep what was written after so many milliseconds (default 5) or records (default 64). */
  readonly syncMs?: number | undefined;
  readonly syncRecords?: number | undefined;
  /** Hears of torn tails and bad records. */
  readonly report?: ((report: SpoolReport) => void) | undefined;
  /** Called when another process took this one for dead: its segments are gone, what counts must be written again. */
  readonly lost?: (() => void) | undefined;
  /** Called when segments of dead processes were taken over, with what these had counted last, by id. */
  readonly adopted?: ((segments: readonly SpoolSegment[], counts: ReadonlyMap<string, Counted>) => void) | undefined;
  /** Called in the middle of each write: for tests that end the process there. */
  readonly between?: (() => void) | undefined;
}

/** One segment. */
export interface SpoolSegment {
  readonly name: string;
  readonly bytes: number;
  /** True when nothing more is written to it. */
  readonly sealed: boolean;
  /** All whole records, in order. Throws a StoreError. */
  read(): readonly string[];
  /** Frees its place; only when sealed. Throws a StoreError. */
  remove(): void;
}

/** What writes to a spool needs of it. */
export interface SpoolLog {
  readonly bytes: number;
  readonly segments: number;
  readonly level: SpoolLevel;
  readonly problem: StoreError | undefined;
  readonly active: SpoolSegment;
  /** Counts of what runs; undefined when nothing is kept. */
  readonly tally: TallyFile | undefined;
  append(payload: string): SpoolSegment;
  rotate(): void;
  close(): Promise<void>;
}

/** How full it is: from 80 % of the quota on `crowded`, from 100 % on `full`; `failing` when the last write failed. */
export type SpoolLevel = "well" | "crowded" | "full" | "failing";

class Segment implements SpoolSegment {
  readonly path: string;
  bytes: number;
  file: SegmentFile | undefined;
  readonly #gone: (segment: Segment) => void;

  constructor(path: string, bytes: number, file: SegmentFile | undefined, gone: (segment: Segment) => void) {
    this.path = path;
    this.bytes = bytes;
    this.file = file;
    this.#gone = gone;
  }

  get name(): string {
    return basename(this.path);
  }

  get sealed(): boolean {
    return this.file === undefined;
  }

  read(): readonly string[] {
    return readSegment(this.path);
  }

  remove(): void {
    if (!this.sealed) throw new StoreError("invalid", "a segment that is written to cannot be removed");
    removeSegment(this.path);
    this.#gone(this);
  }
}

/** A log of records, written by one process. */
export class Spool implements SpoolLog {
  readonly #options: SpoolOptions;
  readonly #rt: Runtime;
  readonly #folder: InstanceFolder;
  readonly #segments = new Set<Segment>();
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  readonly #quota: number;
  readonly tally: TallyFile;
  #active: Segment;
  #number = 0;
  #dirty = 0;
  #syncing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #beat: Timer | undefined;
  #problem: StoreError | undefined;
  #closed = false;

  /** Opens it, and takes over what dead processes left. Throws a StoreError when the folder cannot be written. */
  constructor(options: SpoolOptions, rt: Runtime) {
    this.#options = options;
    this.#rt = rt;
    this.#quota = options.quota ?? 1_073_741_824;
    this.#folder = new InstanceFolder(options.folder, newId(rt.random, "", 8));
    this.tally = new TallyFile(this.#folder.path);
    this.#active = this.#fresh();
    this.#adopt();
    this.#beating();
  }

  /** Bytes of all segments, own and taken over. */
  get bytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.bytes;
    return bytes;
  }

  get segments(): number {
    return this.#segments.size;
  }

  get level(): SpoolLevel {
    if (this.#problem !== undefined) return "failing";
    // One segment is the rule: no sum is made for it.
    const share = (this.#segments.size === 1 ? this.#active.bytes : this.bytes) / this.#quota;
    return share >= 1 ? "full" : share >= 0.8 ? "crowded" : "well";
  }

  /** Why the last write failed; undefined when it did not. */
  get problem(): StoreError | undefined {
    return this.#problem;
  }

  /** The segment that is written to. */
  get active(): SpoolSegment {
    return this.#active;
  }

  /**
   * Writes a record, at most 1 MB; returns the segment that it is in. When this returns, the process may be killed and
   * nothing is lost; a loss of power may take the last few milliseconds. Throws a StoreError and then has written
   * nothing: `full` without space, `unavailable` when the disk does not do it.
   */
  append(payload: string): SpoolSegment {
    if (this.#active.file === undefined && !this.#closed) this.#rehome();
    let { file } = this.#active;
    try {
      if (file === undefined) throw this.#problem ?? new StoreError("unavailable", "the spool is closed");
      if (this.#active.bytes >= (this.#options.segment ?? 8_388_608)) {
        this.rotate();
        file = this.#active.file ?? file;
      }
      file.append(payload);
    } catch (e) {
      const error = diskError(this.#active.path, e);
      if (error.code !== "invalid") this.#problem = error;
      throw error;
    }
    this.#active.bytes = file.bytes;
    this.#problem = undefined;
    this.#dirty += 1;
    if (this.#dirty >= (this.#options.syncRecords ?? 64)) this.#sync();
    else this.#timer ??= this.#rt.clock.timer(this.#options.syncMs ?? 5, () => this.#sync());
    return this.#active;
  }

  /** Ends the segment that is written to and begins another. Throws a StoreError. */
  rotate(): void {
    if (this.#closed) throw new StoreError("unavailable", "the spool is closed");
    const before = this.#active;
    this.#active = this.#fresh();
    this.#seal(before);
  }

  /** Resolves when all that was written is on the disk for good. Never rejects: see `problem`. */
  async sync(): Promise<void> {
    while (this.#dirty > 0 || this.#syncing !== undefined) {
      this.#sync();
      await this.#syncing;
    }
  }

  /** Ends it. What is left in it is taken up by the next that opens the same folder. Never rejects. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.sync();
    this.#closed = true;
    this.#timer?.cancel();
    this.#beat?.cancel();
    this.tally.close();
    const { file } = this.#active;
    this.#active.file = undefined;
    try {
      file?.close();
      if (this.#active.read().length === 0) this.#active.remove();
    } catch {
      // It is read by the next one.
    }
    this.#folder.leave(newId(this.#rt.random, "", 8));
  }

  #fresh(): Segment {
    const path = segmentPath(this.#folder.path, ++this.#number);
    const file = new SegmentFile(path, this.#buffer, this.#options.between);
    syncFolder(this.#folder.path);
    return this.#add(path, file.bytes, file);
  }

  #add(path: string, bytes: number, file: SegmentFile | undefined): Segment {
    const segment = new Segment(path, bytes, file, (gone) => {
      this.#segments.delete(gone);
      this.#folder.clear(dirname(path));
    });
    this.#segments.add(segment);
    return segment;
  }

  #seal(segment: Segment): void {
    const { file } = segment;
    segment.file = undefined;
    file?.sync((error) => {
      if (error !== null) this.#problem ??= diskError(segment.path, error);
      file.close();
    });
  }

  #sync(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#syncing !== undefined) return;
    const { file, path } = this.#active;
    if (file === undefined || this.#dirty === 0) {
      this.#dirty = 0;
      return;
    }
    this.#dirty = 0;
    this.#syncing = new Promise((resolve) => {
      file.sync((error) => {
        // A segment that was sealed meanwhile is closed, and was synced before that.
        if (error !== null && (error as NodeJS.ErrnoException).code !== "EBADF")
          this.#problem ??= diskError(path, error);
        this.#syncing = undefined;
        if (this.#dirty > 0) this.#sync();
        resolve();
      });
    });
  }

  #adopt(): void {
    const found: Segment[] = [];
    const counts = new Map<string, Counted>();
    for (const folder of this.#folder.adopt()) {
      for (const [id, counted] of readTally(folder)) counts.set(id, counted);
      for (const path of segmentsIn(folder)) {
        try {
          for (const report of mendSegment(path)) this.#options.report?.(report);
          found.push(this.#add(path, statSync(path).size, undefined));
        } catch (e) {
          const bytes = statSync(path).size;
          const aside = StoreError.is(e) && e.code === "newer" ? moveAside(path) : undefined;
          this.#options.report?.({ segment: basename(path), what: "bad", at: 0, bytes, aside });
        }
      }
    }
    if (found.length > 0) this.#options.adopted?.(found, counts);
  }

  #beating(): void {
    this.#beat = this.#rt.clock.timer(BEAT_MS, () => {
      if (this.#closed) return;
      if (!this.#folder.beat() || this.#active.file === undefined) this.#rehome();
      if (this.#active.file !== undefined) this.#adopt();
      this.#beating();
    });
  }

  /**
   * The folder was taken away: begins anew in one of the same name. While that fails no segment has a file, and the next
   * record tries it again. Numbers go on, so that whoever lets go of a segment of before removes none of those of now.
   */
  #rehome(): void {
    for (const segment of this.#segments) {
      // The number of a closed file is given to the next that is opened, whatever that is.
      segment.file?.close();
      segment.file = undefined;
    }
    this.#segments.clear();
    try {
      this.#folder.make();
      this.#active = this.#fresh();
      this.tally.again();
      this.#options.lost?.();
    } catch (e) {
      this.#problem = diskError(this.#active.path, e);
    }
  }
}
