// Sign-in of a device (RFC 8628): it shows a code, a person approves the code elsewhere, the device comes back for its tokens.

import { newId, secretBytes } from "@fairlead/runtime";
import type { By } from "./audit-trail.ts";
import { type BookParts, mustHaveRoom, tell } from "./book-parts.ts";
import type { FailureGuard } from "./failure-guard.ts";
import type { Handles } from "./handle-text.ts";
import { IdentityError } from "./identity-error.ts";
import { ProjectBook } from "./project-book.ts";
import { KINDS } from "./record-shapes.ts";
import { RecordTable, type Row } from "./record-table.ts";
import { DATA_SCOPES, type Grant, narrow } from "./scopes.ts";
import { digestOf } from "./secret-text.ts";
import { DeviceRecord, UserCodeRecord } from "./token-records.ts";

/** Letters of a user code: no vowels, so that no words come out, and none that look alike (RFC 8628 6.1). 20^8 codes. */
const LETTERS = "BCDFGHJKLMNPQRSTVWXZ";
const LENGTH = 8;
/** How often a device may ask, seconds, and what each time too early adds (RFC 8628 3.5). */
export const INTERVAL_S = 5;
const SLOWER_S = 5;
/** Sign-ins that wait at once: all, and of one network. */
const MAX_WAITING = 1_000;
const MAX_WAITING_HERE = 20;
/** Wrong user codes a minute that one person may enter. */
const WRONG_CODES = 5;

/** What a device is told. */
export interface DeviceStarted {
  readonly deviceCode: string;
  /** With a dash in its middle. */
  readonly userCode: string;
  readonly expiresInS: number;
  readonly intervalS: number;
}

/** What a device hears when it asks. */
export type DevicePoll =
  | "authorization_pending"
  | "slow_down"
  | "access_denied"
  | "expired_token"
  | "invalid_grant"
  | DeviceRecord;

interface Waiting {
  readonly network: string;
  readonly until: number;
  polledAt: number;
  intervalS: number;
}

/** The sign-ins of devices. Methods reject with an IdentityError. */
export class DeviceGrants {
  readonly #parts: BookParts;
  readonly #handles: Handles;
  readonly #guard: FailureGuard;
  readonly #devices: RecordTable<typeof DeviceRecord>;
  readonly #codes: RecordTable<typeof UserCodeRecord>;
  readonly #projects: ProjectBook;
  readonly #lifeMs: () => number;
  /** Those that this instance began or was asked about. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(parts: BookParts, handles: Handles, guard: FailureGuard, lifeMs: () => number) {
    this.#parts = parts;
    this.#handles = handles;
    this.#guard = guard;
    this.#devices = new RecordTable(parts.records, KINDS.device, DeviceRecord);
    this.#codes = new RecordTable(parts.records, KINDS.userCode, UserCodeRecord);
    this.#projects = new ProjectBook(parts);
    this.#lifeMs = lifeMs;
  }

  /** Begins a sign-in; undefined when too many wait already, in all or from this network. */
  async begin(client: string, grant: Grant, network: string): Promise<DeviceStarted | undefined> {
    const { rt } = this.#parts;
    this.#sweep();
    const here = [...this.#waiting.values()].filter((one) => one.network === network).length;
    if (this.#waiting.size >= MAX_WAITING || here >= MAX_WAITING_HERE) return undefined;
    const now = this.#now();
    const id = newId(rt.random, "", 16);
    const salt = Buffer.from(secretBytes(rt.random, 16)).toString("hex");
    const deviceCode = this.#handles.make("dc", id, 0, salt);
    const code = userCode(secretBytes(rt.random, 64));
    const until = now + this.#lifeMs();
    // Before the store is asked: those who wait for it count too.
    this.#waiting.set(id, { network, until, polledAt: Number.NEGATIVE_INFINITY, intervalS: INTERVAL_S });
    const device: DeviceRecord = {
      id,
      client,
      scopes: [...grant.scopes],
      models: grant.models === undefined ? undefined : [...grant.models],
      from: network,
      status: "pending",
      created_at: now,
      expires_at: until,
    };
    try {
      await this.#devices.write(
        this.#devices.change(id, device, 0, until + 60_000),
        this.#codes.change(digestOf(code), { device: id }, 0, until),
      );
    } catch (e) {
      this.#waiting.delete(id);
      throw e;
    }
    const shown = `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
    return { deviceCode, userCode: shown, expiresInS: Math.floor(this.#lifeMs() / 1_000), intervalS: INTERVAL_S };
  }

  /** What waits under a user code, for the page that asks a person. Wrong codes are counted by who enters them. */
  async find(code: string, by: By): Promise<DeviceRecord> {
    return (await this.#find(code, by)).value;
  }

  /**
   * A person approves: the device will get tokens in their name, for one project.
   * @param held what the person may give away; more is refused. Default: the data plane, nothing of the admin API
   * @param rule mark of the rule that says what the person may: what they approve ends with it
   */
  async approve(
    code: string,
    by: By,
    project: string,
    held: Grant = { scopes: DATA_SCOPES },
    rule?: string,
  ): Promise<DeviceRecord> {
    const asked = await this.find(code, by);
    if (narrow(held, asked) === undefined) {
      const more = "the device asks for more than you may give away; begin again with fewer scopes";
      throw new IdentityError("invalid", more, "scope");
    }
    if (!(await this.#projects.has(project))) {
      throw new IdentityError("not_found", `there is no project ${project}`, "project");
    }
    return this.#answer(code, by, { status: "approved", project, rule });
  }

  /** A person denies. */
  async deny(code: string, by: By): Promise<DeviceRecord> {
    return this.#answer(code, by, { status: "denied" });
  }

  /** A device asks. An approved sign-in is handed out once. */
  async poll(deviceCode: string, client: string): Promise<DevicePoll> {
    const id = this.#handles.idOf("dc", deviceCode);
    if (id === undefined) return "invalid_grant";
    if (this.#tooSoon(id)) return "slow_down";
    const row = await this.#devices.get(id);
    if (row === undefined) return "expired_token";
    const { value } = row;
    if (value.client !== client) return "invalid_grant";
    if (value.expires_at <= this.#now()) return "expired_token";
    if (value.status === "pending") return "authorization_pending";
    this.#waiting.delete(id);
    if (value.status === "denied") return "access_denied";
    if (value.status === "used") return "invalid_grant";
    try {
      const used: DeviceRecord = { ...value, status: "used" };
      await this.#devices.write(this.#devices.change(id, used, row.version, value.expires_at + 60_000));
    } catch (e) {
      if (IdentityError.is(e) && e.code === "conflict") return "invalid_grant";
      throw e;
    }
    return value;
  }

  async #answer(code: string, by: By, said: Pick<DeviceRecord, "status" | "project" | "rule">): Promise<DeviceRecord> {
    mustHaveRoom(this.#parts);
    const row = await this.#find(code, by);
    const value: DeviceRecord = { ...row.value, ...said, actor: by.actor };
    const { status, project } = said;
    await this.#devices.write(
      this.#devices.change(row.id, value, row.version, value.expires_at + 60_000),
      this.#codes.change(digestOf(normalised(code)), undefined, "any"),
    );
    const detail = { client: value.client, scopes: value.scopes, device_from: value.from ?? null };
    await tell(this.#parts, by, { action: `device.${status}`, subject: `device:${row.id}`, project, detail });
    return value;
  }

  async #find(code: string, by: By): Promise<Row<DeviceRecord>> {
    const who = `codes:${by.actor}`;
    const wait = this.#guard.waits(who, WRONG_CODES);
    if (wait > 0) {
      throw new IdentityError(
        "invalid",
        `too many wrong codes; try again in ${Math.ceil(wait / 1_000)} s`,
        "user_code",
      );
    }
    const text = normalised(code);
    const form = text.length === LENGTH && [...text].every((letter) => LETTERS.includes(letter));
    const found = form ? await this.#codes.get(digestOf(text)) : undefined;
    const row = found === undefined ? undefined : await this.#devices.get(found.value.device);
    if (row !== undefined && row.value.status === "pending" && row.value.expires_at > this.#now()) return row;
    this.#guard.failed(who, text, WRONG_CODES);
    throw new IdentityError(
      "not_found",
      "no sign-in waits under this code; codes end after a few minutes, and each is good once",
      "user_code",
    );
  }

  #tooSoon(id: string): boolean {
    const now = this.#parts.rt.clock.now();
    let one = this.#waiting.get(id);
    if (one === undefined) {
      this.#sweep();
      if (this.#waiting.size >= 2 * MAX_WAITING) return true;
      const until = this.#now() + this.#lifeMs();
      one = { network: "", until, polledAt: Number.NEGATIVE_INFINITY, intervalS: INTERVAL_S };
      this.#waiting.set(id, one);
    }
    // A device that keeps to its interval by a clock of its own may be a little early.
    const early = now - one.polledAt < one.intervalS * 1_000 - 500;
    if (early) one.intervalS += SLOWER_S;
    one.polledAt = now;
    return early;
  }

  #sweep(): void {
    const now = this.#now();
    for (const [id, { until }] of this.#waiting) if (until <= now) this.#waiting.delete(id);
  }

  #now(): number {
    return Math.floor(this.#parts.rt.clock.wall());
  }
}

/** As people type it: any case, with or without the dash and blanks. */
function normalised(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, "").slice(0, 64);
}

function userCode(bytes: Uint8Array): string {
  // 240 is the largest multiple of 20 in a byte.
  const letters = [...bytes].filter((byte) => byte < 240).map((byte) => LETTERS[byte % LETTERS.length]);
  return letters.slice(0, LENGTH).join("");
}
