// Identity numbers of other countries, by form and check; where the form alone says little, by the words before them.

import {
  beNational,
  brCpf,
  chAhv,
  deTaxId,
  esDni,
  frNir,
  inAadhaar,
  isDay,
  itCodiceFiscale,
  krResident,
  nlBsn,
  plPesel,
  sgNric,
} from "../checksums.ts";
import { before, type Detector, digitsOf, each, namedElse } from "./detector.ts";

const SSN = /(?<![\w.+]|\d-)(?!000|666|9\d\d)\d{3}([- ]?)(?!00)\d{2}\1(?!0000)\d{4}(?![\w]|[.-]\d)/g;
const SSN_SAID = /(?:\bSSN|social[\s_-]?security|\bSS#|社会安全号码?|社安号)[^\n\d]{0,24}$/i;

/** United States: never 000, 666 or 900 and above, no group of zeros (SSA, POMS RM 10201). Numbers known as samples are none. */
export const usSsn: Detector = {
  kind: "us_ssn",
  find(text, tell, examples) {
    each(SSN, text, (match) => {
      const digits = digitsOf(match[0]);
      if (digits === "123456789") return;
      // Printed in advertisements once: nobody's.
      if (!examples && (digits === "078051120" || digits === "219099999")) return;
      const said = SSN_SAID.test(before(text, match.index, 48));
      if (!said && (match[1] !== "-" || namedElse(text, match.index))) return;
      tell(match.index, match.index + match[0].length);
    });
  },
};

const NINO =
  /(?<![\w-])(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ -]?)\d{2}\1\d{2}\1\d{2}\1[A-D](?![\w-])/g;

/** United Kingdom: HMRC, National Insurance Manual NIM39110. */
export const ukNino: Detector = {
  kind: "uk_nino",
  find(text, tell) {
    each(NINO, text, (match) => tell(match.index, match.index + match[0].length));
  },
};

const DNI = /(?<![\w.+-])(?:\d{8}|\d{2}\.\d{3}\.\d{3}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z](?![\w-])/g;
const NIR =
  /(?<![\w.+-])[12]( ?)\d{2}\1(?:0[1-9]|1[0-2]|[2-9]\d)\1(?:\d{2}|2[AB])\1\d{3}\1\d{3} ?\d{2}(?![\w]|[.-]\d)/g;
const CODICE = /(?<!\w)[A-Z]{6}[\dLMNP-V]{2}[A-EHLMPRST][\dLMNP-V]{2}[A-Z][\dLMNP-V]{3}[A-Z](?!\w)/g;
const ELEVEN =
  /(?<![\w.+-])\d{2}[ .]?\d{3}[ .]?\d{3}[ .-]?\d{3}(?![\w]|[.-]\d)|(?<![\w.+-])\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}(?!\w)/g;
const NINE = /(?<![\w.+-])\d{4}\.?\d{2}\.?\d{3}(?![\w]|[.-]\d)/g;
const TAX_SAID = /(?:Steuer[\w-]*(?:ID|nummer|Nr)|Identifikationsnummer|IdNr|TIN\b|tax\s?id)[^\n\d]{0,24}$/i;
const PESEL_SAID = /PESEL[^\n\d]{0,24}$/i;
const BELGIAN_SAID = /(?:rijksregister|registre\snational|national\sregister|INSZ|NISS)[^\n\d]{0,24}$/i;
const BSN_SAID = /(?:\bBSN|burgerservicenummer|sofi)[^\n\d]{0,24}$/i;

/** Spain, France, Italy, Germany, Poland, Belgium, the Netherlands. */
export const euIdentity: Detector = {
  kind: "eu_id",
  find(text, tell) {
    each(DNI, text, (match) => {
      const plain = match[0].replace(/[.-]/g, "");
      if (esDni(plain.slice(0, 8), plain.slice(8))) tell(match.index, match.index + match[0].length);
    });
    each(NIR, text, (match) => {
      const plain = match[0].replace(/ /g, "");
      if (frNir(plain.slice(0, 13), plain.slice(13))) tell(match.index, match.index + match[0].length);
    });
    each(CODICE, text, ({ 0: code, index }) => {
      if (itCodiceFiscale(code)) tell(index, index + 16);
    });
    each(ELEVEN, text, (match) => {
      const digits = digitsOf(match[0]);
      const lead = before(text, match.index, 48);
      const spaced = /^\d{2} \d{3} \d{3} \d{3}$/.test(match[0]);
      const is =
        (deTaxId(digits) && (spaced || TAX_SAID.test(lead))) ||
        (plPesel(digits) && PESEL_SAID.test(lead)) ||
        (beNational(digits) && (match[0].includes("-") || BELGIAN_SAID.test(lead)));
      if (is) tell(match.index, match.index + match[0].length);
    });
    each(NINE, text, (match) => {
      if (!BSN_SAID.test(before(text, match.index, 48)) || !nlBsn(digitsOf(match[0]))) return;
      tell(match.index, match.index + match[0].length);
    });
  },
};

const CPF = /(?<![\w.+-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])/g;
const CPF_PLAIN = /(?<![\w.+-])\d{11}(?![\w]|[.-]\d)/g;
const CPF_SAID = /\bCPF[^\n\d]{0,24}$/i;
const AADHAAR = /(?<![\w.+-]|\d )[2-9]\d{3}([ -]?)\d{4}\1\d{4}(?![\w]| \d|[.-]\d)/g;
const AADHAAR_SAID = /(?:aadhaa?r|UIDAI|आधार)[^\n\d]{0,24}$/i;
const KOREAN = /(?<![\w.+-])\d{6}-[1-8]\d{6}(?![\w-])/g;
const KOREAN_SAID = /(?:주민(?:등록)?번호|외국인등록번호|\bRRN|resident\sregistration)[^\n\d]{0,24}$/i;
const SINGAPORE = /(?<![\w-])[STFGM]\d{7}[A-Z](?![\w-])/g;
const SWISS = /(?<![\w.+-])756\.?\d{4}\.?\d{4}\.?\d{2}(?![\w]|[.-]\d)/g;

/** Brazil, India, Korea, Singapore, Switzerland. */
export const nationalIdentity: Detector = {
  kind: "national_id",
  find(text, tell) {
    each(CPF, text, (match) => {
      if (brCpf(digitsOf(match[0]))) tell(match.index, match.index + match[0].length);
    });
    each(CPF_PLAIN, text, ({ 0: id, index }) => {
      if (CPF_SAID.test(before(text, index, 40)) && brCpf(id)) tell(index, index + 11);
    });
    each(AADHAAR, text, (match) => {
      if (!inAadhaar(digitsOf(match[0]))) return;
      const said = AADHAAR_SAID.test(before(text, match.index, 40));
      if (said || (match[1] === " " && !namedElse(text, match.index))) tell(match.index, match.index + match[0].length);
    });
    each(KOREAN, text, ({ 0: id, index }) => {
      if (!isDay(2000, Number(id.slice(2, 4)), Number(id.slice(4, 6)))) return;
      if (krResident(digitsOf(id)) || KOREAN_SAID.test(before(text, index, 40))) tell(index, index + id.length);
    });
    each(SINGAPORE, text, ({ 0: id, index }) => {
      if (sgNric(id)) tell(index, index + 9);
    });
    each(SWISS, text, (match) => {
      if (chAhv(digitsOf(match[0]))) tell(match.index, match.index + match[0].length);
    });
  },
};

const PASSPORT_SAID =
  /(?:passport|护照|護照|reisepass|passeport|pasaporte|passaporto|旅券|여권|通行证|通行證|回乡证|回鄉證|台胞证)["'\])）]*\s*(?:no|number|num|nr|n[°º]|号码?|號碼?|番号|번호)?\.?["']?\s*(?:is|ist|est|es|:|：|=|是|为|為|#)?\s*["'(（]{0,2}$/i;
const PASSPORT =
  /(?<![\w.+-])(?:[A-Z]{1,3}\d{6,10}|\d{7,10}|[A-Z0-9]{2}\d{5}[A-Z0-9]{2}|[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{7}\d)(?![\w]|[.-]\d)/g;
const MRZ = /(?<![\w<])P[A-Z<][A-Z]{3}[A-Z<]{39}\r?\n[A-Z0-9<]{44}(?![\w<])/g;

/** Passports and travel permits that the text names so, and the machine-readable zone (ICAO 9303, part 4). */
export const passport: Detector = {
  kind: "passport",
  find(text, tell) {
    each(PASSPORT, text, (match) => {
      if (/\d{5}/.test(match[0]) && PASSPORT_SAID.test(before(text, match.index, 40))) {
        tell(match.index, match.index + match[0].length);
      }
    });
    each(MRZ, text, (match) => tell(match.index, match.index + match[0].length));
  },
};
