// Takes out of texts what a terminal would act on: others write part of what is printed, and might write commands for it.

/** Controls but for line end and tab, the escapes of C1, and marks that turn the direction of what follows. */
const ACTING = /(?![\n\t\r])\p{Cc}|\r(?!\n)|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text with a sign in place of each. */
export function plainText(text: string): string {
  return text.replace(ACTING, "\ufffd");
}

/** The same on one line, for words that somebody else wrote: a line end could begin a line that looks like ours. */
export function oneLine(text: string): string {
  return plainText(text.replace(/\s+/g, " ")).trim();
}
