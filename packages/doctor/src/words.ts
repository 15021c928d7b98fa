// Sentences in the languages that the doctor speaks.

/** The languages. */
export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** One sentence in every language. */
export type Words = { readonly [language in Language]: string };

/** The language of a locale such as zh_CN.UTF-8 (`LC_ALL`, `LC_MESSAGES`, `LANG` in that order); English when none says otherwise. */
export function languageOf(env: { readonly [name: string]: string | undefined }): Language {
  const locale = env["LC_ALL"] || env["LC_MESSAGES"] || env["LANG"] || "";
  return /^zh/i.test(locale) ? "zh" : "en";
}
