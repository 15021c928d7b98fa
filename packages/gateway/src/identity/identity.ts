// Identity as one service: the directory, the books, the audit trail, and the gates made from them.

import { join } from "node:path";
import { type Runtime, secretBytes } from "@fairlead/runtime";
import type { Stores } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import { samplingField } from "../config/ledger-block.ts";
import { joinedDuplicates, limitFields } from "../config/limit-fields.ts";
import { storedRedaction } from "../config/redaction-block.ts";
import { AuditTrail } from "./audit-trail.ts";
import type { BookParts } from "./book-parts.ts";
import { DeviceGrants } from "./device-grants.ts";
import { Directory } from "./directory.ts";
import { FailureGuard } from "./failure-guard.ts";
import { Gate } from "./gate.ts";
import type { GateParts } from "./gate-parts.ts";
import { Handles } from "./handle-text.ts";
import { KeyBook } from "./key-book.ts";
import { nonceMarks } from "./nonces.ts";
import type { OAuthService } from "./oauth-routes.ts";
import { OutsideTokens } from "./outside-token.ts";
import { ProjectBook } from "./project-book.ts";
import { Sealer, secretOfFolder } from "./sealer.ts";
import { ServiceBook } from "./service-book.ts";
import { SigningKeys } from "./signing-keys.ts";
import { TokenEndpoint, type TokenParts } from "./token-endpoint.ts";
import { TokenFamilies } from "./token-families.ts";

/** Lines of the audit log a minute, at most, about addresses that were slowed down: an attack must not fill the log. */
const TOLD_A_MINUTE = 30;

/** What stands while configurations come and go. */
export class Identity {
  readonly directory: Directory;
  readonly audit: AuditTrail;
  readonly keys: KeyBook;
  readonly projects: ProjectBook;
  readonly services: ServiceBook;
  readonly families: TokenFamilies;
  readonly devices: DeviceGrants;
  readonly guard: FailureGuard;
  readonly #parts: GateParts;
  readonly #signing: SigningKeys;
  readonly #tokens: Omit<TokenParts, "rt">;
  #config: Config;
  /** Addresses of the listeners, once they listen. */
  #listening: string | undefined;
  #admin: string | undefined;
  #told = { minute: -1, count: 0 };

  constructor(config: Config, rt: Runtime, stores: Stores) {
    const keeps = config.store !== "memory:";
    const inFolder = (name: string) => (keeps ? join(config.data_dir, name) : undefined);
    const secret = config.identity.secret ?? (keeps ? secretOfFolder(config.data_dir, rt.random) : passing(rt));
    const sealer = new Sealer(secret, rt.random);
    this.#config = config;
    this.audit = new AuditTrail(stores.audit, rt, inFolder("audit-waiting.jsonl"));
    this.directory = new Directory(stores.records, stores.notices, rt, inFolder("directory.json"));
    this.guard = new FailureGuard(rt.clock);
    const books: BookParts = {
      ...stores,
      audit: this.audit,
      rt,
      sealer,
      configured: () => this.#config.projects.map(({ name }) => name),
      fragments: {
        redaction: storedRedaction,
        duplicates: joinedDuplicates(() => this.#config.join.messages !== "off"),
        sampling: samplingField,
        ...limitFields,
      },
      seen: () => this.directory.refresh(),
    };
    this.projects = new ProjectBook(books);
    this.keys = new KeyBook(books);
    this.services = new ServiceBook(books);
    const handles = new Handles(sealer);
    const life = () => ({
      lifeMs: this.#config.identity.refresh_token,
      idleMs: this.#config.identity.refresh_idle,
    });
    // The rules by which people are let in are those of the start.
    this.families = new TokenFamilies(books, handles, this.directory, life, config.admin_sign_in);
    this.devices = new DeviceGrants(books, handles, this.guard, () => this.#config.identity.device_code);
    const keyLife = () => this.#config.identity.signing_key;
    this.#signing = new SigningKeys(stores.records, this.directory, sealer, rt, keyLife);
    const nonces = nonceMarks(stores.marks, rt.clock);
    this.#tokens = {
      directory: this.directory,
      audit: this.audit,
      guard: this.guard,
      nonces,
      signing: this.#signing,
      families: this.families,
      devices: this.devices,
      outside: new OutsideTokens(rt),
      books,
    };
    this.#parts = {
      rt,
      directory: this.directory,
      guard: this.guard,
      sealer,
      nonces,
      issuer: () => this.issuer,
      noteThrottled: (network) => this.#noteThrottled(network, rt),
    };
  }

  /** Reads what is known; a store that is down does not stop it. */
  async start(): Promise<void> {
    await this.directory.start();
    // Not waited for: a store that hangs must not hold up the start.
    void this.#signing.tend();
  }

  /** 32 bytes of this gateway's secret for one purpose: the same after a restart, and in all instances that share it. */
  keyFor(purpose: string): Uint8Array {
    return this.#parts.sealer.keyFor(purpose);
  }

  /** The gate of a configuration, whether it goes into force or is only tried. */
  gate(config: Config): Gate {
    return new Gate(config, this.#parts);
  }

  /** A configuration has come into force. */
  use(config: Config): void {
    this.#config = config;
  }

  /**
   * Tells where the gateway answers: the data address is the issuer when none is configured and it is one of loopback, the
   * admin address has the page on which sign-ins are approved.
   */
  listening(url: string, adminUrl?: string): void {
    this.#listening = url;
    this.#admin = adminUrl;
  }

  /** What the OAuth endpoints need. */
  get oauth(): OAuthService {
    const { issuer } = this;
    return {
      issuer,
      devicePage: this.#config.identity.device_page ?? `${this.#admin ?? "http://127.0.0.1:4101"}/device`,
      clock: this.#parts.rt.clock,
      endpoint: (gate) =>
        issuer === undefined
          ? undefined
          : new TokenEndpoint(gate.config, issuer, gate, { rt: this.#parts.rt, ...this.#tokens }),
      jwks: () => this.#signing.jwks(),
    };
  }

  /** The issuer of access tokens; undefined when there is none, and tokens are off. */
  get issuer(): string | undefined {
    if (this.#config.identity.issuer !== undefined) return this.#config.identity.issuer;
    const loopback = /^http:\/\/(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)(?::\d+)?$/;
    return this.#listening !== undefined && loopback.test(this.#listening) ? this.#listening : undefined;
  }

  /** Writes down what waits. Never rejects. */
  async close(): Promise<void> {
    this.#signing.close();
    await this.directory.close();
    await this.audit.close();
  }

  #noteThrottled(network: string, rt: Runtime): void {
    const minute = Math.floor(rt.clock.now() / 60_000);
    if (this.#told.minute !== minute) this.#told = { minute, count: 0 };
    this.#told.count += 1;
    if (this.#told.count > TOLD_A_MINUTE) return;
    try {
      this.audit.note({ actor: "gateway", from: network }, { action: "address.slowed", subject: `address:${network}` });
    } catch {
      // A disk that is full must not answer for a wrong key.
    }
  }
}

/** A secret that lives as long as the process: nothing of a gateway that keeps nothing is opened later. */
function passing(rt: Runtime): string {
  return Buffer.from(secretBytes(rt.random, 32)).toString("hex");
}
