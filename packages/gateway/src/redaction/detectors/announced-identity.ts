// Identity numbers of further countries. Their forms are those of many other numbers: a word before them says what they are.

import { isDay, luhn } from "../checksums.ts";
import { before, type Detector, digitsOf, each } from "./detector.ts";

/** One register's numbers. */
interface Register {
  /** The words that announce one, right before it; empty where its form says enough. */
  readonly said: string;
  readonly form: RegExp;
  /** Whether the characters without signs between them are such a number; left out where no check is published. */
  readonly is?: (id: string) => boolean;
}

const weighed = (id: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, i) => sum + weight * Number(id[i]), 0);
/** A check digit of 11 less the rest by 11, where 10 is none. */
const eleven = (id: string, weights: readonly number[]): boolean =>
  (11 - (weighed(id, weights) % 11)) % 11 === Number(id[weights.length]);
/** As above, where both 10 and 11 stand for nought. */
const lenient = (id: string, weights: readonly number[]): boolean => {
  const check = 11 - (weighed(id, weights) % 11);
  return (check > 9 ? 0 : check) === Number(id[weights.length]);
};
const daily = (id: string): boolean => isDay(2000, Number(id.slice(2, 4)), Number(id.slice(0, 2)));
const dated = (id: string): boolean => isDay(2000, Number(id.slice(2, 4)), Number(id.slice(4, 6)));

/** A run by itself: no part of a longer number or word. */
const alone = (form: string): RegExp => new RegExp(`(?<![\\w.+-])(?:${form})(?![\\w]|[.-]\\d)`, "g");

/** Sources: the registers' own documents; where those give no check, the lists of the OECD (Tax Identification Numbers). */
const REGISTERS: readonly Register[] = [
  // India: letters of name, kind of holder, four digits, a letter.
  { said: "\\bPAN\\b|permanent account", form: alone("[A-Z]{3}[ABCFGHJLPT][A-Z]\\d{4}[A-Z]") },
  {
    said: "マイナンバー|個人番号|my\\s?number|individual number",
    form: alone("\\d{4}([ -]?)\\d{4}\\1\\d{4}"),
    is: (id) => lenient(id, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]),
  },
  {
    said: "\\bS\\.?I\\.?N\\b|social insurance|assurance sociale",
    form: alone("\\d{3}([ -]?)\\d{3}\\1\\d{3}"),
    is: luhn,
  },
  {
    said: "\\bTFN\\b|tax file",
    form: alone("\\d{3}([ -]?)\\d{3}\\1\\d{3}"),
    is: (id) => weighed(id, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
  },
  {
    said: "medicare",
    form: alone("[2-6]\\d{3}([ -]?)\\d{5}\\1\\d"),
    is: (id) => weighed(id, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(id[8]),
  },
  {
    said: "\\bNHS\\b",
    form: alone("\\d{3}([ -]?)\\d{3}\\1\\d{4}"),
    is: (id) => eleven(id, [10, 9, 8, 7, 6, 5, 4, 3, 2]),
  },
  {
    said: "personnummer|samordningsnummer|swedish personal",
    form: alone("(?:19|20)?\\d{6}[-+]?\\d{4}"),
    is: (id) => luhn(id.slice(-10)),
  },
  {
    said: "henkilötunnus|hetu\\b|finnish personal",
    form: alone("\\d{6}[-+A-FU-Y]\\d{3}[0-9A-FHJ-NPR-Y]"),
    is: (id) => "0123456789ABCDEFHJKLMNPRSTUVWXY"[Number(digitsOf(id.slice(0, -1))) % 31] === id.at(-1),
  },
  { said: "\\bCPR\\b|personnummer", form: alone("\\d{6}-?\\d{4}"), is: daily },
  {
    said: "f[øo]dselsnummer|personnummer|norwegian national",
    form: alone("\\d{6} ?\\d{5}"),
    is: (id) => eleven(id, [3, 7, 6, 1, 8, 9, 4, 5, 2]) && eleven(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]),
  },
  { said: "", form: alone("[A-Z][AEIOUX][A-Z]{2}\\d{6}[HMX][A-Z]{5}[A-Z\\d]\\d"), is: (id) => dated(id.slice(4)) },
  { said: "south african|\\b(?:RSA|SA) ID", form: alone("\\d{13}"), is: (id) => dated(id.slice(0)) && luhn(id) },
  {
    said: "บัตรประชาชน|ประจำตัวประชาชน|thai (?:national )?id",
    form: alone("\\d([ -]?)\\d{4}\\1\\d{5}\\1\\d{2}\\1\\d"),
    is: (id) => (11 - (weighed(id, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === Number(id[12]),
  },
  { said: "\\bNIK\\b|\\bKTP\\b", form: alone("[1-9]\\d{15}") },
  { said: "mykad|\\bNRIC\\b|kad pengenalan|\\bIC\\b", form: alone("\\d{6}-?\\d{2}-?\\d{4}"), is: dated },
  {
    said: "\\bCUI[TL]\\b",
    form: alone("\\d{2}-?\\d{8}-?\\d"),
    is: (id) => eleven(id, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]),
  },
  {
    said: "\\bRU[TN]\\b",
    form: alone("\\d{1,2}\\.?\\d{3}\\.?\\d{3}-[\\dKk]"),
    is: (id) => {
      const sum = [...id.slice(0, -1)].reverse().reduce((all, digit, i) => all + Number(digit) * (2 + (i % 6)), 0);
      return "0K987654321"[sum % 11] === id.at(-1)?.toUpperCase();
    },
  },
  {
    said: "kimlik|\\bT\\.?C\\.?\\b|turkish id",
    form: alone("[1-9]\\d{10}"),
    is: (id) => weighed(id, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]) % 10 === Number(id[10]),
  },
  {
    said: "СНИЛС|SNILS",
    form: alone("\\d{3}-?\\d{3}-?\\d{3}[ -]?\\d{2}"),
    is: (id) => (weighed(id, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === Number(id.slice(9)),
  },
  {
    said: "ИНН|\\bINN\\b",
    form: alone("\\d{12}|\\d{10}"),
    is: (id) =>
      id.length === 10
        ? (weighed(id, [2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === Number(id[9])
        : (weighed(id, [7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === Number(id[10]) &&
          (weighed(id, [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) % 11) % 10 === Number(id[11]),
  },
  { said: "ת\\.?ז|תעודת זהות|teudat zehut|israeli id", form: alone("\\d{9}"), is: luhn },
  {
    said: "\\bPPSN?\\b",
    form: alone("\\d{7}[A-W][A-IW]?"),
    is: (id) =>
      "WABCDEFGHIJKLMNOPQRSTUV"[(weighed(id, [8, 7, 6, 5, 4, 3, 2]) + 9 * "WABCDEFGHI".indexOf(id[8] ?? "W")) % 23] ===
      id[7],
  },
  {
    said: "\\bNIF\\b|contribuinte",
    form: alone("\\d{3} ?\\d{3} ?\\d{3}"),
    is: (id) => lenient(id, [9, 8, 7, 6, 5, 4, 3, 2]),
  },
  { said: "\\bC\\.?I\\.?F\\b", form: alone("[A-HJNP-SUVW]-?\\d{7}[0-9A-J]") },
  {
    said: "",
    form: alone("\\d{2}\\.\\d{3}\\.\\d{3}\\/\\d{4}-\\d{2}"),
    is: (id) =>
      lenient(id, [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) && lenient(id, [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]),
  },
  // United States: the tax number of who has no social security number.
  { said: "\\bITIN\\b|taxpayer", form: alone("9\\d{2}-?(?:5\\d|6[0-5]|7\\d|8[0-8]|9[0-24-9])-?\\d{4}") },
];

/** Most texts say none of the words: one look spares them all others. */
const SAID = new RegExp(REGISTERS.flatMap(({ said }) => (said === "" ? [] : [said])).join("|"), "iu");
const RIGHT_BEFORE = REGISTERS.map(({ said }) => new RegExp(`(?:${said})[^\\n\\d]{0,24}$`, "iu"));

/** Numbers of further countries, where the text says what they are or the form says enough. */
export const announcedIdentity: Detector = {
  kind: "national_id",
  find(text, tell) {
    const any = SAID.test(text);
    REGISTERS.forEach(({ said, form, is }, i) => {
      if (said !== "" && !any) return;
      each(form, text, ({ 0: found, index }) => {
        if (said !== "" && RIGHT_BEFORE[i]?.test(before(text, index, 48)) !== true) return;
        if (is?.(found.replace(/[ ./+-]/g, "")) === false) return;
        tell(index, index + found.length);
      });
    });
  },
};
