// Identity as one service: the directory, the books, the audit trail, and the gates made from them.

import { join } from "node:path";
import { type Runtime, secretBytes } from "@fairlead/runtime";
import type { Stores } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import { AuditTrail } from "./audit-trail.ts";
import type { BookParts } from "./book-parts.ts";
import { Directory } from "./directory.ts";
import { FailureGuard } from "./failure-guard.ts";
import { Gate } from "./gate.ts";
import type { GateParts } from "./gate-parts.ts";
import { KeyBook } from "./key-book.ts";
import { nonceMarks } from "./nonces.ts";
import { ProjectBook } from "./project-book.ts";
import { Sealer, secretOfFolder } from "./sealer.ts";

/** Lines of the audit log a minute, at most, about addresses that were slowed down: an attack must not fill the log. */
const TOLD_A_MINUTE = 30;

/** What stands while configurations come and go. */
export class Identity {
  readonly directory: Directory;
  readonly audit: AuditTrail;
  readonly keys: KeyBook;
  readonly projects: ProjectBook;
  readonly guard: FailureGuard;
  readonly #parts: GateParts;
  #config: Config;
  /** Address of the data listener, once it listens. */
  #listening: string | undefined;
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
    };
    this.projects = new ProjectBook(books);
    this.keys = new KeyBook(books);
    this.#parts = {
      rt,
      directory: this.directory,
      guard: this.guard,
      sealer,
      nonces: nonceMarks(stores.marks, rt.clock),
      issuer: () => this.issuer,
      noteThrottled: (network) => this.#noteThrottled(network, rt),
    };
  }

  /** Reads what is known; a store that is down does not stop it. */
  async start(): Promise<void> {
    await this.directory.start();
  }

  /** The gate of a configuration that goes into force. */
  gate(config: Config): Gate {
    this.#config = config;
    return new Gate(config, this.#parts);
  }

  /** Tells at which address the data plane answers: the issuer, when none is configured and it is one of loopback. */
  listening(url: string): void {
    this.#listening = url;
  }

  /** The issuer of access tokens; undefined when there is none, and tokens are off. */
  get issuer(): string | undefined {
    if (this.#config.identity.issuer !== undefined) return this.#config.identity.issuer;
    const loopback = /^http:\/\/(?:127\.\d+\.\d+\.\d+|\[::1\]|localhost)(?::\d+)?$/;
    return this.#listening !== undefined && loopback.test(this.#listening) ? this.#listening : undefined;
  }

  /** Writes down what waits. Never rejects. */
  async close(): Promise<void> {
    await this.directory.close();
    await this.audit.close();
  }

  #noteThrottled(network: string, rt: Runtime): void {
    const minute = Math.floor(rt.clock.now() / 60_000);
    if (this.#told.minute !== minute) this.#told = { minute, count: 0 };
    this.#told.count += 1;
    if (this.#told.count > TOLD_A_MINUTE) return;
    this.audit.note({ actor: "gateway", from: network }, { action: "address.slowed", subject: `address:${network}` });
  }
}

/** A secret that lives as long as the process: nothing of a gateway that keeps nothing is opened later. */
function passing(rt: Runtime): string {
  return Buffer.from(secretBytes(rt.random, 32)).toString("hex");
}
