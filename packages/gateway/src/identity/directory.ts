// Everything that is known of keys, projects, services and revocations, in memory: requests ask it and never a store.

import { createPublicKey, type KeyObject } from "node:crypto";
import type { Runtime, Timer } from "@fairlead/runtime";
import type { Notices, RecordChange, Records } from "@fairlead/stores";
import { IDENTITY_TOPIC } from "./book-parts.ts";
import { readSnapshot, writeSnapshot } from "./directory-file.ts";
import { AdminKeyEnd, KeyRecord, KINDS, ProjectRecord } from "./record-shapes.ts";
import { RevokedRecord, ServiceRecord, SigningKeyRecord } from "./token-records.ts";

/** Shapes of what the directory holds, by kind. */
const SHAPES = {
  [KINDS.project]: ProjectRecord,
  [KINDS.key]: KeyRecord,
  [KINDS.adminKey]: AdminKeyEnd,
  [KINDS.service]: ServiceRecord,
  [KINDS.signingKey]: SigningKeyRecord,
  [KINDS.revoked]: RevokedRecord,
} as const;

/** A signing key with its public half ready for use. */
export interface KnownSigningKey extends SigningKeyRecord {
  readonly publicKey: KeyObject;
}

/** How often the feed is looked at beside the notices, milliseconds: what a lost notice told is known within a second. */
const LOOK_MS = 700;
/** Longest wait between looks while the store does not answer, milliseconds. */
const LONGEST_LOOK_MS = 5_000;
/** How often everything is read anew, milliseconds: a store that was put back from a backup counts its changes anew. */
const ANEW_MS = 600_000;
/** How long a start waits for the store, milliseconds. */
const FIRST_LOOK_MS = 2_000;
/** A store that has not answered by then does not answer, milliseconds. */
const PATIENCE_MS = 5_000;
/** A change is on disk after so long, milliseconds. */
const SAVE_MS = 500;

/** What was read at one point. */
class Known {
  readonly keys = new Map<string, KeyRecord>();
  readonly keysByDigest = new Map<string, KeyRecord>();
  readonly adminKeys = new Map<string, AdminKeyEnd>();
  readonly projects = new Map<string, ProjectRecord>();
  readonly services = new Map<string, ServiceRecord>();
  readonly signingKeys = new Map<string, KnownSigningKey>();
  readonly revoked = new Map<string, number>();

  /** Takes one record in; undefined takes it out. A record of another shape is as if it were not there. */
  put(kind: string, id: string, value: unknown): void {
    if (!Object.hasOwn(SHAPES, kind)) return;
    const read = value === undefined ? undefined : SHAPES[kind as keyof typeof SHAPES].safeParse(value);
    const data = read?.success === true ? read.data : undefined;
    if (kind === KINDS.key) {
      const before = this.keys.get(id);
      if (before !== undefined) this.keysByDigest.delete(before.digest);
      set(this.keys, id, data as KeyRecord | undefined);
      if (data !== undefined) this.keysByDigest.set((data as KeyRecord).digest, data as KeyRecord);
    } else if (kind === KINDS.adminKey) set(this.adminKeys, id, data as AdminKeyEnd | undefined);
    else if (kind === KINDS.project) set(this.projects, id, data as ProjectRecord | undefined);
    else if (kind === KINDS.service) set(this.services, id, data as ServiceRecord | undefined);
    else if (kind === KINDS.signingKey) set(this.signingKeys, id, withPublicKey(data as SigningKeyRecord | undefined));
    else set(this.revoked, id, (data as { before: number } | undefined)?.before);
  }

  /** The records again, for the file. */
  records(): readonly (readonly [kind: string, id: string, value: unknown])[] {
    const of = (kind: string, map: ReadonlyMap<string, unknown>) =>
      [...map].map(([id, value]) => [kind, id, value] as const);
    return [
      ...of(KINDS.project, this.projects),
      ...of(KINDS.key, this.keys),
      ...of(KINDS.adminKey, this.adminKeys),
      ...of(KINDS.service, this.services),
      ...[...this.signingKeys].map(([id, { publicKey: _, ...value }]) => [KINDS.signingKey, id, value] as const),
      ...[...this.revoked].map(([id, before]) => [KINDS.revoked, id, { before }] as const),
    ];
  }
}

/**
 * The directory of one instance. While the store is down, what was known last goes on to hold, however long: keys work,
 * revoked ones stay revoked, and those with an end still end at their time.
 */
export class Directory {
  readonly #records: Records;
  readonly #notices: Notices;
  readonly #rt: Runtime;
  readonly #file: string | undefined;
  #known = new Known();
  #seq = 0;
  #version = 1;
  #seenAt = Number.NEGATIVE_INFINITY;
  #readAnewAt = Number.NEGATIVE_INFINITY;
  #look: Promise<void> | undefined;
  #again = false;
  #waitMs = LOOK_MS;
  #timer: Timer | undefined;
  #saving: Timer | undefined;
  #saved: Promise<void> = Promise.resolve();
  #stop: (() => void) | undefined;
  #told = false;
  #closed = false;

  /** @param file where what is known is kept for a start with every store dead (digests only, mode 0600) */
  constructor(records: Records, notices: Notices, rt: Runtime, file?: string) {
    this.#records = records;
    this.#notices = notices;
    this.#rt = rt;
    this.#file = file;
  }

  /** Reads the file, then the store. Resolves when the store has answered, or after two seconds without it. */
  async start(): Promise<void> {
    if (this.#file !== undefined) {
      const kept = readSnapshot(this.#file);
      this.#told = kept !== undefined;
      for (const [kind, id, value] of kept ?? []) this.#known.put(kind, id, value);
      this.#version += 1;
    }
    this.#stop = this.#notices.subscribe(IDENTITY_TOPIC, () => void this.refresh());
    const first = this.refresh();
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#rt.clock.timer(FIRST_LOOK_MS, resolve);
    });
    await Promise.race([first, late]);
    timer?.cancel();
  }

  /** Grows with each change: what was worked out from the directory holds for one version. */
  get version(): number {
    return this.#version;
  }

  /** Whether it was ever read, from the store or from the file: until then nobody knows which projects there are. */
  get told(): boolean {
    return this.#told;
  }

  /** How long ago the store last answered, milliseconds; infinite when it never has. */
  get staleMs(): number {
    return this.#rt.clock.now() - this.#seenAt;
  }

  /** The key of a digest. */
  keyOf(digest: string): KeyRecord | undefined {
    return this.#known.keysByDigest.get(digest);
  }

  keyById(id: string): KeyRecord | undefined {
    return this.#known.keys.get(id);
  }

  adminKeyById(id: string): AdminKeyEnd | undefined {
    return this.#known.adminKeys.get(id);
  }

  keys(): Iterable<KeyRecord> {
    return this.#known.keys.values();
  }

  projects(): Iterable<ProjectRecord> {
    return this.#known.projects.values();
  }

  projectOf(name: string): ProjectRecord | undefined {
    return this.#known.projects.get(name);
  }

  /** Names of the projects that the store has. */
  projectNames(): IterableIterator<string> {
    return this.#known.projects.keys();
  }

  serviceOf(id: string): ServiceRecord | undefined {
    return this.#known.services.get(id);
  }

  services(): Iterable<ServiceRecord> {
    return this.#known.services.values();
  }

  signingKey(kid: string): KnownSigningKey | undefined {
    return this.#known.signingKeys.get(kid);
  }

  signingKeys(): readonly KnownSigningKey[] {
    return [...this.#known.signingKeys.values()];
  }

  /** Tokens of `jti:…`, `family:…`, `actor:…` or `project:…` issued at or before this time do not count, Unix milliseconds. */
  revokedBefore(id: string): number | undefined {
    return this.#known.revoked.get(id);
  }

  /** Takes a record in before the store tells of it: this instance has just written it, or cannot write it now. */
  learn(kind: string, id: string, value: unknown): void {
    this.#known.put(kind, id, value);
    this.#version += 1;
    this.#saveSoon();
  }

  /** Looks at the feed now. Resolves when what it told is known, or when the store did not answer. */
  refresh(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#look !== undefined) {
      this.#again = true;
      return this.#look;
    }
    this.#timer?.cancel();
    this.#look = this.#lookUntilQuiet().finally(() => {
      this.#look = undefined;
      if (!this.#closed) this.#timer = this.#rt.clock.timer(this.#waitMs, () => void this.refresh());
    });
    return this.#look;
  }

  /** Writes the file now, if there is something to write. */
  async save(): Promise<void> {
    this.#saving?.cancel();
    this.#saving = undefined;
    const file = this.#file;
    if (file === undefined) return;
    const records = this.#known.records();
    this.#saved = this.#saved.then(() => writeSnapshot(file, records)).catch(() => {});
    await this.#saved;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop?.();
    this.#timer?.cancel();
    if (this.#saving !== undefined) await this.save();
    await this.#saved;
  }

  async #lookUntilQuiet(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#inTime(this.#pull());
        this.#seenAt = this.#rt.clock.now();
        this.#told = true;
        this.#waitMs = LOOK_MS;
      } catch {
        this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_LOOK_MS);
        return;
      }
    } while (this.#again && !this.#closed);
  }

  /** Rejects when the store hangs; what it says later is taken all the same. */
  #inTime(pull: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#rt.clock.timer(PATIENCE_MS, () => reject(new Error("no answer")));
      pull.then(resolve, reject).finally(() => timer.cancel());
    });
  }

  async #pull(): Promise<void> {
    const anew = this.#rt.clock.now() - this.#readAnewAt >= ANEW_MS;
    // A reading from the beginning counts when it is whole: half of it would be a directory with keys missing.
    const into = anew ? new Known() : this.#known;
    let seq = anew ? 0 : this.#seq;
    let changed = anew;
    for (;;) {
      const { changes, last } = await this.#records.changes(seq, 1_000);
      for (const change of changes) changed = put(into, change) || changed;
      seq = last;
      if (changes.length < 1_000) break;
    }
    this.#seq = seq;
    if (anew) {
      this.#known = into;
      this.#readAnewAt = this.#rt.clock.now();
    }
    if (!changed) return;
    this.#version += 1;
    this.#saveSoon();
  }

  #saveSoon(): void {
    if (this.#file === undefined || this.#saving !== undefined || this.#closed) return;
    this.#saving = this.#rt.clock.timer(SAVE_MS, () => void this.save());
  }
}

function put(known: Known, { kind, id, record }: RecordChange): boolean {
  if (!Object.hasOwn(SHAPES, kind)) return false;
  known.put(kind, id, record?.value);
  return true;
}

function set<T>(map: Map<string, T>, id: string, value: T | undefined): void {
  if (value === undefined) map.delete(id);
  else map.set(id, value);
}

function withPublicKey(record: SigningKeyRecord | undefined): KnownSigningKey | undefined {
  if (record === undefined) return undefined;
  try {
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: record.x }, format: "jwk" });
    return { ...record, publicKey };
  } catch {
    return undefined;
  }
}
