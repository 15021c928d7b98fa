// Pages for people: plain HTML that needs no script, fits a phone, and shows nothing that was not escaped.

import type { Language } from "./words.ts";

/** HTML that is safe to put into a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A piece of HTML: what is filled in is escaped, unless it is HTML itself or a list of it. */
export function html(parts: TemplateStringsArray, ...fills: ReadonlyArray<string | Html | readonly Html[]>): Html {
  let text = parts[0] ?? "";
  for (const [i, fill] of fills.entries()) text += shown(fill) + (parts[i + 1] ?? "");
  return new Html(text);
}

function shown(fill: string | Html | readonly Html[]): string {
  if (fill instanceof Html) return fill.text;
  if (typeof fill !== "string") return fill.map(({ text }) => text).join("");
  return fill.replace(/[&<>"'`]/g, (one) => `&#${one.charCodeAt(0)};`);
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; min-height: 100vh; place-items: center; background: light-dark(#f4f5f7, #16181c); color: light-dark(#1c1f24, #e8eaed); }
main { box-sizing: border-box; width: min(28rem, 100%); padding: 2rem; background: light-dark(#fff, #1f2228); border-radius: .75rem; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; }
label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
input, select { box-sizing: border-box; width: 100%; font: inherit; padding: .55rem .7rem; border: 1px solid light-dark(#9aa0a8, #5c626c); border-radius: .4rem; background: inherit; color: inherit; }
input[name=user_code] { font: 1.5rem/1.4 ui-monospace, monospace; letter-spacing: .1em; text-transform: uppercase; }
button { font: inherit; font-weight: 600; padding: .55rem 1.1rem; margin: 1.25rem .5rem 0 0; border: 1px solid transparent; border-radius: .4rem; background: light-dark(#1f5fbf, #6ea8fe); color: light-dark(#fff, #10131a); cursor: pointer; }
button.other { background: transparent; border-color: currentColor; color: inherit; }
button:focus-visible, input:focus-visible, select:focus-visible, a:focus-visible { outline: 3px solid light-dark(#1f5fbf, #6ea8fe); outline-offset: 2px; }
a { color: inherit; }
.code { font: 1.6rem/1.4 ui-monospace, monospace; letter-spacing: .1em; }
.note { font-size: .9rem; opacity: .85; }
`;

/** A whole page. */
export function page(language: Language, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="${language === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Fairlead</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}
