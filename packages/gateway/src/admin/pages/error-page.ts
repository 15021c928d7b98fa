// The page that tells a person why something did not work.

import type { AdminRefusal } from "../admin-refusal.ts";
import { html, page } from "./page.ts";
import { type Language, PAGE_WORDS } from "./words.ts";

/** The refusal as a page, with its code for whoever is asked for help. */
export function errorPage(refused: AdminRefusal, requestId: string, language: Language): string {
  const words = PAGE_WORDS[language];
  const again = refused.code === "admin_not_found" ? [] : [html`<p><a href="/sign-in">${words.signIn}</a></p>`];
  return page(
    language,
    words.error,
    html`<p>${refused.message}</p>${again}<p class="note"><code>fairlead_${refused.code}</code> <code>${requestId}</code></p>`,
  );
}
