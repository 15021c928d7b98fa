// Identity numbers of China, Hong Kong, Macao and Taiwan, the unified social credit code, licence plates.

import { cnCredit, cnResident, hkIdentity, isDay, luhn, twIdentity } from "../checksums.ts";
import { before, type Detector, each, namedElse } from "./detector.ts";

/** The first two digits: provinces of GB/T 2260, and 81 to 83 for residents from Hong Kong, Macao and Taiwan. */
const PROVINCE = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)/;

const RESIDENT_18 = /(?<![\w.+])[1-9]\d{5}([ -]?)(?:18|19|20)\d{6}\1\d{3}[\dXxＸｘ](?![\w]|[.]\d)/g;
const RESIDENT_15 = /(?<![\w.+-])[1-9]\d{14}(?![\w]|[.-]\d)/g;

/** GB 11643: eighteen digits with a check, and the fifteen digits that were given until 1999. */
export const cnIdentity: Detector = {
  kind: "cn_id",
  find(text, tell) {
    each(RESIDENT_18, text, (match) => {
      const id = match[0].replace(/[ -]/g, "").replace(/[Ｘｘ]/, "X");
      if (!PROVINCE.test(id) || !isDay(Number(id.slice(6, 10)), Number(id.slice(10, 12)), Number(id.slice(12, 14))))
        return;
      if (cnResident(id)) tell(match.index, match.index + match[0].length);
    });
    each(RESIDENT_15, text, ({ 0: id, index }) => {
      if (
        !PROVINCE.test(id) ||
        !isDay(1900 + Number(id.slice(6, 8)), Number(id.slice(8, 10)), Number(id.slice(10, 12)))
      )
        return;
      // American Express has as many digits, and begins with 34 and 37 as Anhui and Shandong do.
      if (/^3[47]/.test(id) && luhn(id) && !/身份|ID/.test(before(text, index, 16))) return;
      if (!namedElse(text, index)) tell(index, index + 15);
    });
  },
};

const CREDIT = /(?<![\w.+-])(?:[159AYN][1239]|[2-8][19]|M1)\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?!\w)/g;

/** GB 32100: eighteen characters with a check. */
export const cnCreditCode: Detector = {
  kind: "cn_credit_code",
  find(text, tell) {
    each(CREDIT, text, ({ 0: code, index }) => {
      if (cnCredit(code) && !(/^\d{17}[\dX]$/.test(code) && cnResident(code))) tell(index, index + 18);
    });
  },
};

const HONG_KONG = /(?<![\w-])([A-Z]{1,2})(\d{6})(?:[(（]([\dA])[)）]|([\dA])(?!\w))/g;
const HONG_KONG_SAID = /(?:HKID|HK\s?ID|Hong\s?Kong\s(?:ID|identity)|香港身[份分]證?证?|身份證)[^\n]{0,24}$/i;

/** Hong Kong: with the check digit in brackets, or plain where the text says what it is. */
export const hkIdentityCard: Detector = {
  kind: "hk_id",
  find(text, tell) {
    each(HONG_KONG, text, (match) => {
      const check = match[3] ?? match[4] ?? "";
      if (!hkIdentity(match[1] ?? "", match[2] ?? "", check)) return;
      if (match[3] === undefined && !HONG_KONG_SAID.test(before(text, match.index, 48))) return;
      tell(match.index, match.index + match[0].length);
    });
  },
};

const MACAO = /(?<![\w.+-])[157](?:\d{6}[(（]\d[)）]|\/\d{6}\/\d)(?!\w)/g;
const MACAO_PLAIN = /(?<![\w.+-])[157]\d{6}\/?\d(?!\w)/g;
const MACAO_SAID = /(?:BIR|Maca[uo]\s(?:resident\s)?(?:ID|identity)|澳[门門](?:居民)?身[份分][证證])[^\n]{0,24}$/i;

/** Macao: the rule of its check digit is not published, so the form decides. */
export const moIdentityCard: Detector = {
  kind: "mo_id",
  find(text, tell) {
    each(MACAO, text, (match) => tell(match.index, match.index + match[0].length));
    each(MACAO_PLAIN, text, (match) => {
      if (MACAO_SAID.test(before(text, match.index, 48))) tell(match.index, match.index + match[0].length);
    });
  },
};

const TAIWAN = /(?<![\w-])[A-Z](?:[1289]|[A-D])\d{8}(?![\w-])/g;

/** Taiwan: citizens, residents of the new form and of the old. */
export const twIdentityCard: Detector = {
  kind: "tw_id",
  find(text, tell) {
    each(TAIWAN, text, ({ 0: id, index }) => {
      if (twIdentity(id)) tell(index, index + 10);
    });
  },
};

const PLATE =
  /(?<![A-Z])[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·• ]?(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[DF][A-HJ-NP-Z0-9]\d{4}|\d{5}[DF])(?![A-Z0-9])/g;

/** GA 36: licence plates, those of electric cars too. */
export const cnPlate: Detector = {
  kind: "cn_plate",
  find(text, tell) {
    each(PLATE, text, (match) => tell(match.index, match.index + match[0].length));
  },
};
