// The page on which a person approves the sign-in of a device (RFC 8628 3.3): code, what is asked, yes or no.

import type { IncomingMessage } from "node:http";
import { AdminRefusal } from "../admin-refusal.ts";
import { type Handlers, needed, Raw } from "../handlers/handler.ts";
import { html, page } from "../pages/page.ts";
import { languageFor, PAGE_WORDS } from "../pages/words.ts";
import type { Devices, Projects } from "../services.ts";
import type { Session } from "./sessions.ts";

const PAGE = "text/html; charset=utf-8";
const ALL = ["messages", "batches", "files", "admin:read", "admin:write"] as const;
type Scope = (typeof ALL)[number];

/** What the page works with. */
export interface DevicePageParts {
  readonly devices: Devices | undefined;
  readonly projects: Projects | undefined;
  /** Whose browser asks. */
  sessionOf(req: IncomingMessage): Promise<Session | undefined>;
  addressOf(req: IncomingMessage): string | undefined;
}

/** Handlers of the page. */
export function deviceHandlers(parts: DevicePageParts): Handlers<"devicePage" | "deviceAnswer"> {
  const devices = () => needed(parts.devices, "tokens", "Set `identity.issuer` in fairlead.yaml.");
  const by = (who: Session, req: IncomingMessage) => ({ actor: who.actor, from: parts.addressOf(req) });
  return {
    async devicePage({ query, req }) {
      const who = await parts.sessionOf(req);
      const code = query.user_code;
      if (who === undefined) {
        const next = code === undefined ? "/device" : `/device?user_code=${encodeURIComponent(code)}`;
        return new Raw("", PAGE, { status: 303, headers: { location: `/sign-in?next=${encodeURIComponent(next)}` } });
      }
      // With a code in the address the person still has to look at it: it may have been sent to them.
      return code === undefined ? codeForm(who, req, "") : review(who, req, code);
    },
    async deviceAnswer({ body, req }) {
      const who = await parts.sessionOf(req);
      if (who === undefined) throw new AdminRefusal("admin_credential_expired");
      if (body.csrf !== who.csrf) throw new AdminRefusal("admin_csrf");
      const words = PAGE_WORDS[languageFor(req.headers["accept-language"])];
      if (body.answer === "look") return review(who, req, body.user_code);
      if (body.answer === "refuse") {
        await devices().deny(body.user_code, by(who, req));
        return done(req, words.refused, []);
      }
      const project = who.project ?? body.project;
      if (
        project === undefined ||
        (who.project !== undefined && body.project !== undefined && body.project !== project)
      ) {
        throw new AdminRefusal("admin_bad_field", {
          where: "form",
          problems: "project: choose the one that is charged",
        });
      }
      await devices().approve(body.user_code, by(who, req), project, { scopes: given(who) }, who.rule);
      return done(req, words.approved, [html`<p>${words.approvedMore}</p>`]);
    },
  };

  function codeForm(who: Session, req: IncomingMessage, code: string): Raw {
    const language = languageFor(req.headers["accept-language"]);
    const words = PAGE_WORDS[language];
    const form = html`<p>${words.deviceIntro}</p>
<form method="post" action="/device">
<input type="hidden" name="csrf" value="${who.csrf}">
<label for="user_code">${words.code}</label>
<input id="user_code" name="user_code" value="${code}" required autofocus autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="40" placeholder="XXXX-XXXX">
<button name="answer" value="look">${words.next}</button>
</form>
<p class="note">${words.signedInAs(who.actor)}</p>`;
    return new Raw(page(language, words.device, form), PAGE);
  }

  async function review(who: Session, req: IncomingMessage, code: string): Promise<Raw> {
    const language = languageFor(req.headers["accept-language"]);
    const words = PAGE_WORDS[language];
    const asked = await devices().find(code, by(who, req));
    const names =
      who.project === undefined ? ((await parts.projects?.list()) ?? []).map(({ name }) => name) : [who.project];
    const scopes = asked.scopes.map((scope) => html`<li>${words.scope[scope] ?? scope}</li>`);
    const models = asked.models === undefined ? [] : [html`<li>${words.models(asked.models.join(", "))}</li>`];
    const projects = names.map((name) => html`<option>${name}</option>`);
    const form = html`<p class="code">${code.toUpperCase()}</p>
<p>${words.asks(asked.client)} ${asked.from === undefined ? "" : words.from(asked.from)}</p>
<p>${words.mayDo}</p>
<ul>${scopes}${models}</ul>
<p><strong>${words.onlyYou}</strong></p>
<form method="post" action="/device">
<input type="hidden" name="csrf" value="${who.csrf}">
<input type="hidden" name="user_code" value="${code}">
<label for="project">${words.project}</label>
<select id="project" name="project">${projects}</select>
<button name="answer" value="approve">${words.approve}</button>
<button class="other" name="answer" value="refuse">${words.refuse}</button>
</form>
<p class="note">${words.signedInAs(who.actor)}</p>`;
    return new Raw(page(language, words.device, form), PAGE);
  }

  function done(req: IncomingMessage, title: string, more: Parameters<typeof html>[1]): Raw {
    return new Raw(page(languageFor(req.headers["accept-language"]), title, html`${more}`), PAGE);
  }
}

/** What a person may give away: an admin for all projects everything, everybody else what they have. */
function given(who: Session): readonly Scope[] {
  if (who.project === undefined && who.scopes.includes("admin:write")) return ALL;
  return ALL.filter((scope) => who.scopes.includes(scope));
}
