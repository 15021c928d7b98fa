// Signing in and out of people: with the identity provider, or with an admin key.

import type { IncomingMessage } from "node:http";
import type { Runtime } from "@fairlead/runtime";
import type { Records } from "@fairlead/stores";
import type { SignInConfig } from "../../config/admin-block.ts";
import { FailureGuard } from "../../identity/failure-guard.ts";
import { digestOf } from "../../identity/secret-text.ts";
import type { LoginFact } from "../admin-fact.ts";
import { AdminRefusal } from "../admin-refusal.ts";
import type { Noter } from "../audited.ts";
import type { SIGN_IN_ROUTES } from "../contract/sign-in-routes.ts";
import { type Failures, networkText } from "../gate/failures.ts";
import { cookieOf } from "../gate/gate.ts";
import { type Handlers, Raw } from "../handlers/handler.ts";
import { html, page } from "../pages/page.ts";
import { languageFor, PAGE_WORDS } from "../pages/words.ts";
import type { Devices, Holds, Known, Projects, Recognise } from "../services.ts";
import { Attempts } from "./attempts.ts";
import { deviceHandlers } from "./device-pages.ts";
import { Provider } from "./provider.ts";
import { leavesOpen, personOf, rulesText, together } from "./roles.ts";
import { type Session, Sessions } from "./sessions.ts";

const PAGE = "text/html; charset=utf-8";
/** Sign-ins a minute that one network may begin: an office is many people, and each waits in the store for ten minutes. */
const BEGUN = 100;

/** What it is made from. */
export interface PeopleParts {
  readonly rt: Runtime;
  readonly records: Records;
  readonly trail: Noter;
  readonly recognise: Recognise;
  /** Asked at each use of a session that began with a key: it ends with the key, and holds where the key does. */
  readonly holds: Holds;
  readonly failures: Failures;
  readonly projects: Projects | undefined;
  readonly devices: Devices | undefined;
  /** Undefined: with admin keys only. */
  readonly signIn: SignInConfig | undefined;
  /** How long a person stays signed in, milliseconds. */
  readonly lifeMs: number;
  addressOf(req: IncomingMessage): string | undefined;
  /** When all sign-ins of a person were ended, Unix milliseconds. */
  endedAt(actor: string): number | undefined;
}

/** Sessions of people and the pages around them. */
export class People {
  /** Whether browsers reach the pages by https: cookies are then sent over nothing else. */
  readonly secure: boolean;
  readonly handlers: Handlers<keyof typeof SIGN_IN_ROUTES>;
  readonly #parts: PeopleParts;
  readonly #sessions: Sessions;
  readonly #attempts: Attempts;
  readonly #provider: Provider | undefined;
  readonly #begun: FailureGuard;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
    this.secure = parts.signIn?.redirect_url.startsWith("https:") === true;
    this.#sessions = new Sessions(
      parts.rt,
      parts.records,
      parts.lifeMs,
      parts.signIn && digestOf(rulesText(parts.signIn)),
      parts.endedAt,
    );
    this.#attempts = new Attempts(parts.rt, parts.records);
    this.#begun = new FailureGuard(parts.rt.clock);
    this.#provider = parts.signIn === undefined ? undefined : new Provider(parts.rt.clock, parts.signIn);
    const sessionOf = (req: IncomingMessage) => this.#sessionOf(req);
    this.handlers = {
      ...deviceHandlers({ ...parts, sessionOf, addressOf: parts.addressOf }),
      signIn: async ({ query, req }) => this.#signIn(req, query.next, query.with === "key"),
      signInWithKey: async ({ body, req }) => this.#withKey(req, body.key, body.next),
      signInBack: async ({ req }) => {
        try {
          return await this.#back(req);
        } catch (e) {
          this.#tell(AdminRefusal.is(e) && e.code !== "admin_sign_in_failed" ? "failed" : "refused");
          throw e;
        }
      },
      signOut: async ({ body, req }) => this.#signOut(req, body.csrf),
    };
  }

  /** Whose session an id is. */
  readonly sessionOf = async (id: string, req: IncomingMessage): Promise<Session | undefined> => {
    const session = await this.#sessions.find(id);
    if (session?.credential === undefined) return session;
    const known = await this.#parts.holds(session.credential, req);
    return known && { ...session, ...known };
  };

  async #sessionOf(req: IncomingMessage): Promise<Session | undefined> {
    const id = cookieOf(req, this.secure);
    return id === undefined ? undefined : this.sessionOf(id, req);
  }

  async #signIn(req: IncomingMessage, next: string | undefined, withKey: boolean): Promise<Raw> {
    const who = await this.#sessionOf(req);
    if (who !== undefined) {
      if (next !== undefined) return onward(next);
      return this.#signedIn(req, who.actor, who.csrf);
    }
    if (this.#provider === undefined || withKey) return this.#keyForm(req, next);
    const { url, attempt } = await this.#provider.begin();
    const from = networkText(this.#parts.addressOf(req) ?? "unknown");
    this.#mayGoOn(this.#begun.failed(from, attempt.state, BEGUN).waitMs);
    const browser = await this.#attempts.keep(attempt, next ?? "/sign-in");
    return onward(url, [this.#cookie("sign-in", browser, 600)]);
  }

  async #withKey(req: IncomingMessage, key: string, next: string | undefined): Promise<Raw> {
    const { recognise, failures } = this.#parts;
    const from = this.#parts.addressOf(req) ?? "unknown";
    this.#mayGoOn(failures.waitMs(from, key.trim()));
    const known = await recognise(key.trim(), req);
    if (known === undefined || known === "expired") {
      failures.failed(from);
      this.#tell("refused");
      throw new AdminRefusal(known === undefined ? "admin_credential_unknown" : "admin_credential_expired");
    }
    // A token lives for minutes, and what it begins would live for hours.
    if (known.kind === "token" || !known.scopes.some((scope) => scope.startsWith("admin:"))) {
      this.#tell("refused");
      throw new AdminRefusal("admin_key_needed");
    }
    failures.passed(from, key.trim());
    return this.#begin(req, known, next ?? "/sign-in", { with: "key" }, digestOf(key.trim()));
  }

  async #back(req: IncomingMessage): Promise<Raw> {
    const { signIn } = this.#parts;
    if (this.#provider === undefined || signIn === undefined) throw new AdminRefusal("admin_sign_in_off");
    const query = (req.url ?? "").split("?")[1] ?? "";
    const state = new URLSearchParams(query).get("state") ?? "";
    const kept = await this.#attempts.take(state, cookieNamed(req, this.#name("sign-in")));
    if (kept === undefined) {
      throw new AdminRefusal("admin_sign_in_failed", {
        reason: "it was begun in another browser, is older than ten minutes, or was used already. Begin again.",
      });
    }
    const { idToken, more } = await this.#provider.finish(query, kept.attempt);
    const claims = leavesOpen(idToken, signIn) ? together(idToken, await more()) : idToken;
    const who = personOf(claims, signIn);
    if (who === undefined) {
      throw new AdminRefusal("admin_sign_in_failed", {
        reason: "no rule under admin_sign_in.roles fits you. Ask whoever runs this gateway.",
      });
    }
    return this.#begin(req, who, kept.next, { with: signIn.issuer, sub: String(idToken.sub).slice(0, 200) });
  }

  async #begin(
    req: IncomingMessage,
    who: Known,
    next: string,
    detail: { readonly [name: string]: string },
    credential?: string,
  ): Promise<Raw> {
    const { trail, lifeMs } = this.#parts;
    const by = { actor: who.actor, from: this.#parts.addressOf(req) };
    const scopes = [...who.scopes];
    const note = { action: "person.sign_in", subject: who.actor, project: who.project, detail: { ...detail, scopes } };
    if (!(await trail.note(by, note))) throw new AdminRefusal("admin_audit_down", { reason: "too many entries wait" });
    const old = cookieOf(req, this.secure);
    if (old !== undefined && old !== "") await this.#sessions.end(old);
    const id = await this.#sessions.begin(who, credential);
    const cookies = [this.#cookie("", id, Math.floor(lifeMs / 1_000)), this.#cookie("sign-in", "", 0)];
    this.#tell("signed_in");
    return onward(next, cookies);
  }

  /** @throws AdminRefusal admin_slow_down when there is something to wait for */
  #mayGoOn(waitMs: number): void {
    if (waitMs <= 0) return;
    const seconds = Math.ceil(waitMs / 1_000);
    this.#tell("slowed");
    throw new AdminRefusal("admin_slow_down", { seconds }, { "retry-after": String(seconds) });
  }

  #tell(result: LoginFact["result"]): void {
    const { rt } = this.#parts;
    const fact: LoginFact = { kind: "login", at: rt.clock.now(), result };
    rt.emit(fact);
  }

  async #signOut(req: IncomingMessage, csrf: string): Promise<Raw> {
    const language = languageFor(req.headers["accept-language"]);
    const words = PAGE_WORDS[language];
    const id = cookieOf(req, this.secure);
    const who = id === undefined ? undefined : await this.#sessions.find(id);
    if (id !== undefined && who !== undefined) {
      if (csrf !== who.csrf) throw new AdminRefusal("admin_csrf");
      await this.#sessions.end(id);
      const by = { actor: who.actor, from: this.#parts.addressOf(req) };
      await this.#parts.trail.note(by, { action: "person.sign_out", subject: who.actor });
    }
    const body = html`<p><a href="/sign-in">${words.signIn}</a></p>`;
    return new Raw(page(language, words.signedOut, body), PAGE, {
      headers: { "set-cookie": [this.#cookie("", "", 0)] },
    });
  }

  #signedIn(req: IncomingMessage, actor: string, csrf: string): Raw {
    const language = languageFor(req.headers["accept-language"]);
    const words = PAGE_WORDS[language];
    const body = html`<p>${words.signedInAs(actor)}</p>
<p><a href="/device">${words.device}</a></p>
<form method="post" action="/sign-out"><input type="hidden" name="csrf" value="${csrf}"><button class="other">${words.signOut}</button></form>`;
    return new Raw(page(language, words.signedIn, body), PAGE);
  }

  #keyForm(req: IncomingMessage, next: string | undefined): Raw {
    const language = languageFor(req.headers["accept-language"]);
    const words = PAGE_WORDS[language];
    const onto = next === undefined ? [] : [html`<input type="hidden" name="next" value="${next}">`];
    const provider = this.#provider === undefined ? [] : [html`<p><a href="/sign-in">${words.signInProvider}</a></p>`];
    const body = html`<form method="post" action="/sign-in">${onto}
<label for="key">${words.key}</label>
<input id="key" name="key" type="password" required autofocus autocomplete="current-password" maxlength="500">
<button>${words.signIn}</button>
</form>
<p class="note">${words.keyHint}</p>${provider}`;
    return new Raw(page(language, words.signInKey, body), PAGE);
  }

  #name(what: "" | "sign-in"): string {
    const name = what === "" ? "fairlead" : `fairlead-${what}`;
    return this.secure ? `__Host-${name}` : name;
  }

  #cookie(what: "" | "sign-in", value: string, seconds: number): string {
    const secure = this.secure ? "; Secure" : "";
    return `${this.#name(what)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure}`;
  }
}

/** To a path of ours or to the provider. */
function onward(location: string, cookies: readonly string[] = []): Raw {
  return new Raw("", PAGE, {
    status: 303,
    headers: { location, ...(cookies.length > 0 ? { "set-cookie": cookies } : {}) },
  });
}

function cookieNamed(req: IncomingMessage, name: string): string | undefined {
  const values = (req.headers.cookie ?? "").split(";").flatMap((pair) => {
    const equals = pair.indexOf("=");
    return pair.slice(0, equals).trim() === name ? [pair.slice(equals + 1).trim()] : [];
  });
  return values.length === 1 ? values[0] : undefined;
}
