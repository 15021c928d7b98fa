// Phone numbers: China's mobile and landline numbers, international ones (ITU-T E.164), and national forms.

import { before, counted, type Detector, digitsOf, each, namedElse, type Tell } from "./detector.ts";

/** Prefixes of China's mobile networks (MIIT numbering plan, with those of virtual operators). */
const CN_MOBILE = /^1(?:3\d|4[014-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])/;

/** Two-digit area codes; all others of China have three digits, the first from 3 to 9. */
const CN_AREA = /^0(?:10|2[0-57-9]|[3-9]\d{2})/;

/** Country codes of E.164 (list of ITU-T, 2016 and later changes). */
const COUNTRY =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|21[1-368]|22\d|23\d|24\d|25[0-8]|26\d|29[0179]|35\d|37\d|38[0-35-79]|42[013]|50\d|59\d|67[02-9]|68\d|69[0-2]|85[02356]|88[06]|96[0-8]|97[0-79]|99[2-68])/;

/** Words that announce a phone number, right before it. */
const ANNOUNCED =
  /(?:(?:\b|_)(?:phone|telephone|tele?|tel|mobile|mob|cell(?:phone)?|fax|whats\s?app|wechat|call(?:\s(?:me|us|him|her))?|text\s(?:me|us)|sms(?:\sto)?|dial|ring|hotline|contact|t[ée]l[ée]phone|tel[ée]fono|m[óo]vil|telefon(?:nummer)?|handy|celular|telefone)(?:[_ ]?(?:no|number|num|nr))?|电话|手机|座机|固话|传真|热线|致电|拨打|联系方式|联系电话|手机号|电话号码|電話|手機|携帯|전화|휴대폰)\.?(?:号码|号|號碼|番号|번호)?["'\])）]*\s*(?:is|at|on|to|=|:|：|是|为|為|#|\()?\s*(?:is|at|on)?\s*["'“(+]{0,2}$/i;

// Before and after a number may stand another field of a line; a blank inside a number makes one before it doubtful.
const CN_MOBILE_FORM =
  /(?<![\w.+-])(?:(?:(?:\+|00)?86[ -]?)?1[3-9]\d{9}|(?<!\d )(?:(?:\+|00)?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2})(?![\w]|[.-]\d)/g;
const CN_LANDLINE_FORM =
  /(?<![\w.+-]|\d )(?:(?:\+|00)86[ -]?)?(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3}-|0\d{2,3} )[ -]?[2-9]\d{2,3}[ -]?\d{4}(?:(?:-|转|ext\.? ?)\d{1,6})?(?![\w]|[.-]\d)/g;
const E164_FORM =
  /(?<![\w+]|[\d)] ?)(?:\+|00(?=[1-9]\d{0,2}[ -]))[1-9]\d{0,2}(?:[ .-]?\(?\d{1,5}\)?){1,6}(?![\w+*/=]|[.,]\d)/g;
const US_FORM =
  /(?<![\w.+-]|\d )(?:1[ -])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}-)[2-9]\d{2}[-. ]\d{4}(?:(?:,? ?(?:x|ext\.?) ?)\d{1,6})?(?![\w]|[.-]\d)/g;
const FR_FORM = /(?<![\w.+-]|\d )0[1-9](?:([ .])\d{2})(?:\1\d{2}){3}(?![\w]|[ .]\d)/g;
const UK_FORM =
  /(?<![\w.+-]|\d )\(?0(?:7\d{3}\)? \d{3} ?\d{3}|2\d\)? \d{4} \d{4}|1\d{3}\)? \d{6}|1\d{2}\)? \d{3} \d{4})(?![\w]|[.-]\d)/g;
const EAST_FORM =
  /(?<![\w.+-]|\d )0(?:[789]0-\d{4}-\d{4}|[1-9]-\d{4}-\d{4}|9\d{2}-\d{3}-\d{3}|1[016-9]-\d{3,4}-\d{4})(?![\w]|-\d)/g;
const ANY_FORM = /(?<![\w.-]|\d )[(+]?\d(?:[ ().-]{0,2}\d){6,14}(?![\w]|[.-]\d)/g;

/** Numbers of phones. */
export const phone: Detector = {
  kind: "phone",
  find(text, tell, examples) {
    each(CN_MOBILE_FORM, text, (match) => cnMobile(text, match, tell));
    each(CN_LANDLINE_FORM, text, (match) => {
      const digits = digitsOf(
        match[0]
          .replace(/^(?:\+|00)86/, "")
          .replace(/(?:-|转|ext\.? ?)\d{1,6}$/, (tail) => (match[0].length - tail.length > 11 ? "" : tail)),
      );
      if (CN_AREA.test(digits) && digits.length >= 10 && !isDate(match[0]))
        tell(match.index, match.index + match[0].length);
    });
    each(E164_FORM, text, (match) => e164(text, match, tell, examples));
    each(US_FORM, text, (match) => {
      if ((examples || !fiction(digitsOf(match[0]))) && !namedElse(text, match.index))
        tell(match.index, match.index + match[0].length);
    });
    for (const form of [FR_FORM, UK_FORM, EAST_FORM]) {
      each(form, text, (match) => {
        if (!namedElse(text, match.index)) tell(match.index, match.index + match[0].length);
      });
    }
    each(ANY_FORM, text, (match) => announced(text, match, tell, examples));
  },
};

function cnMobile(text: string, match: RegExpExecArray, tell: Tell): void {
  const bare = digitsOf(match[0]).replace(/^(?:00)?86(?=1\d{10}$)/, "");
  if (bare.length !== 11 || !CN_MOBILE.test(bare)) return;
  // One digit many times over is a filler.
  if (/(\d)\1{7}/.test(bare)) return;
  // A step of a path.
  if (text[match.index - 1] === "/" && text[match.index + match[0].length] === "/") return;
  const elsewise = namedElse(text, match.index) || counted(text, match.index + match[0].length);
  if (elsewise && !ANNOUNCED.test(before(text, match.index, 40))) return;
  tell(match.index, match.index + match[0].length);
}

function e164(text: string, match: RegExpExecArray, tell: Tell, examples: boolean): void {
  const whole = match[0].replace(/[ .(-]+$/, "");
  const digits = digitsOf(whole).replace(/^00/, "");
  if (digits.length < 8 || digits.length > 15 || !COUNTRY.test(digits)) return;
  if (
    digits[0] === "1" &&
    (digits.length !== 11 || !/^1[2-9]\d{2}[2-9]/.test(digits) || (!examples && fiction(digits)))
  )
    return;
  if (digits.startsWith("86") && digits[2] === "1" && digits.length === 13 && !CN_MOBILE.test(digits.slice(2))) return;
  // An added line of a patch, a sum, a difference of dates.
  const bare = /^\+\d+$/.test(whole);
  if (bare && (digits.length < 10 || (match.index > 0 && text[match.index - 1] === "\n" && digits.length < 11))) return;
  if (/(\d)\1{6}/.test(digits) || isDate(whole.slice(1))) return;
  tell(match.index, match.index + whole.length);
}

function announced(text: string, match: RegExpExecArray, tell: Tell, examples: boolean): void {
  if (!ANNOUNCED.test(before(text, match.index, 40))) return;
  const digits = digitsOf(match[0]);
  if (digits.length < 7 || digits.length > 15 || isDate(match[0]) || /^(\d)\1+$/.test(digits)) return;
  if (!examples && digits.length >= 10 && fiction(digits)) return;
  const open = match[0].startsWith("(") && !match[0].includes(")") ? 1 : 0;
  tell(match.index + open, match.index + match[0].length);
}

/** 555-0100 to 555-0199 belong to nobody (North American Numbering Plan). */
function fiction(digits: string): boolean {
  return /^1?[2-9]\d{2}55501\d{2}/.test(digits);
}

function isDate(text: string): boolean {
  return /^\(?(?:19|20)\d{2}[-. ]?(?:0[1-9]|1[0-2])[-. ]?(?:0[1-9]|[12]\d|3[01])(?:\D|$)/.test(text);
}
