// What the rooms around the engine tell metrics, and through them the alerts.

import { X509Certificate } from "node:crypto";
import type { Fact, Runtime } from "@fairlead/runtime";
import type { LoginFact } from "../admin/admin-fact.ts";
import type { Config } from "../config/config.ts";
import type { CustodyFact } from "../custody/facts.ts";
import type { Directory } from "../identity/directory.ts";
import type { TokenFact } from "../identity/token-endpoint.ts";
import type { SecretBook } from "../secrets/secret-book.ts";
import type { Sample } from "../telemetry/registry.ts";
import type { RoomMetrics } from "../telemetry/room-metrics.ts";
import type { LimitFact } from "../tenancy/facts.ts";
import type { AccountFigure } from "../tenancy/tenancy.ts";
import type { Standing } from "./standing.ts";

/** What of a generation is read. */
export interface ReadGeneration {
  readonly config: Config;
  readonly secrets: { readonly book: SecretBook };
}

/** Gives the metrics of the rooms their readers, and counts what is told on the bus. */
export function readRooms(rooms: RoomMetrics, standing: Standing, generation: () => ReadGeneration): void {
  const { rt, ledger, tenancy, custody } = standing;
  const one = (value: number): readonly Sample[] => [{ values: [], value }];
  rooms.secretAge.read = () =>
    generation()
      .secrets.book.ages()
      .map(({ origin, seconds }) => ({ values: [origin], value: seconds }));
  rooms.spoolUsed.read = () => one(ledger.figures().spoolBytes / generation().config.ledger.spool);
  rooms.spoolRows.read = () => one(ledger.figures().rowsWaiting);
  rooms.spoolAge.read = () => one(ledger.figures().oldestMs / 1_000);
  rooms.ledgerRows.read = () => {
    const { shipped, refused, crashed } = ledger.figures();
    return Object.entries({ shipped, refused, crashed }).map(([result, value]) => ({ values: [result], value }));
  };
  rooms.custodyWaiting.read = () => one(custody.waiting);
  rooms.storeUp.read = () => {
    const up = [{ values: [standing.stores.kind], value: ledger.figures().store === "ok" ? 1 : 0 }];
    const { sharing } = tenancy.figures(0);
    return sharing === "alone" ? up : [...up, { values: ["redis"], value: sharing === "away" ? 0 : 1 }];
  };
  rooms.limitMode.read = () => one(tenancy.figures(0).sharing === "away" ? 1 : 0);
  rooms.limitUsed.read = () => fullest(tenancy.figures().accounts);
  const expiries = new Expiries(rt);
  rooms.credentialExpiry.read = () => [
    ...expiries.read(generation().config),
    ...endsOf(standing.identity.directory, rt.clock.wall()),
  ];
  rt.bus.listen((fact: Fact) => {
    if (fact.kind === "limit") {
      const { project, dimension } = fact as LimitFact;
      rooms.limitRefusals.add([project, dimension]);
    } else if (fact.kind === "custody") {
      const { project, what, why } = fact as CustodyFact;
      rooms.custodyRefusals.add([project, what, why]);
    } else if (fact.kind === "token") {
      const { grant, result } = fact as TokenFact;
      rooms.tokensIssued.add([grant, result]);
    } else if (fact.kind === "login") rooms.logins.add([(fact as LoginFact).result]);
  });
}

/** The fullest limit of each project and dimension: keys have names of their own, of which there may be many. */
function fullest(accounts: readonly AccountFigure[]): readonly Sample[] {
  const found = new Map<string, Sample>();
  for (const { scope, project: of, dimension, used, limit } of accounts) {
    const project = scope === "everyone" ? "everyone" : of;
    const key = `${project}/${dimension}`;
    const value = limit > 0 ? used / limit : 0;
    const before = found.get(key);
    if (before === undefined || before.value < value) found.set(key, { values: [project, dimension], value });
  }
  return [...found.values()];
}

/** A key that is made to last less is meant to end, and nobody is warned of it, milliseconds. */
const LASTING_MS = 28 * 86_400_000;

/** The soonest end of each project's lasting keys that have no successor, and the end of the newest signing key. */
function endsOf(directory: Pick<Directory, "keys" | "signingKeys">, now: number): readonly Sample[] {
  const byProject = new Map<string, number>();
  for (const { project, created_at, expires_at, revoked_at, rotated_to } of directory.keys()) {
    if (expires_at === undefined || expires_at <= now || revoked_at !== undefined || rotated_to !== undefined) continue;
    if (expires_at - created_at >= LASTING_MS) {
      byProject.set(project, Math.min(expires_at, byProject.get(project) ?? Number.POSITIVE_INFINITY));
    }
  }
  const samples = [...byProject].map(([project, at]) => ({ values: ["key", project], value: (at - now) / 1_000 }));
  const signing = Math.max(...directory.signingKeys().map(({ active_until }) => active_until));
  return signing > 0 ? [...samples, { values: ["signing_key", "tokens"], value: (signing - now) / 1_000 }] : samples;
}

/** When certificates of the configuration lapse; each configuration's are parsed once. */
class Expiries {
  readonly #rt: Runtime;
  #of: Config | undefined;
  #ends: ReadonlyArray<{ readonly kind: string; readonly name: string; readonly at: number }> = [];

  constructor(rt: Runtime) {
    this.#rt = rt;
  }

  read(config: Config): readonly Sample[] {
    if (config !== this.#of) {
      this.#of = config;
      this.#ends = config.upstreams.flatMap(({ name, ca, client_cert }) => [
        ...soonest("ca_certificate", name, ca),
        ...soonest("client_certificate", name, client_cert),
      ]);
    }
    const now = this.#rt.clock.wall();
    return this.#ends.map(({ kind, name, at }) => ({ values: [kind, name], value: (at - now) / 1_000 }));
  }
}

/** The certificate of a file that lapses first, Unix milliseconds. */
function soonest(kind: string, name: string, pem: string | undefined) {
  const found = pem?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const ends = found.flatMap((text) => {
    try {
      return [new X509Certificate(text).validToDate.getTime()];
    } catch {
      return [];
    }
  });
  return ends.length === 0 ? [] : [{ kind, name, at: Math.min(...ends) }];
}
