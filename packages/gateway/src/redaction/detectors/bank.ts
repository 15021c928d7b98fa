// Payment cards and bank accounts.

import { luhn, mod97 } from "../checksums.ts";
import { before, type Detector, digitsOf, each, namedElse } from "./detector.ts";

// A run of digits stands by itself whatever number is beside it; groups may be a part of longer ones.
const CARD =
  /(?<![\w+]|[\d.][.-])(?:\d{12,19}|(?<!\d )\d{4}([ .-])(?:\d{4}\1\d{4}(?:\1\d{1,4}){1,2}|\d{6}\1\d{4,5})(?! \d{4}))(?![\w]|[.-]\d)/g;

/** Issuer ranges (ISO/IEC 7812 as the networks publish them) with the lengths that are in use. */
const ISSUERS: ReadonlyArray<readonly [prefix: RegExp, lengths: readonly number[]]> = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^62/, [16, 17, 18, 19]],
  [/^(?:6011|64[4-9]|65|81)/, [16, 17, 18, 19]],
  [/^(?:36|38|39|30[0-5])/, [14, 16]],
  [/^(?:352[89]|35[3-8])/, [16]],
  [/^220[0-4]/, [16]],
];
/** Further ranges of Chinese banks that came before 62, and Maestro: only where the text speaks of a card. */
const MORE = /^(?:9[0-9]|60|68|5[0678]|6[0-9])/;
const CARD_SAID =
  /(?:card|visa|mastercard|amex|unionpay|account|acct|卡号|卡號|银行卡|銀行卡|信用卡|储蓄卡|借记卡|账号|账户|帐号|银联|karte|carte|tarjeta)[^\n\d]{0,24}$/i;

/** Numbers that the payment firms publish for tests (Stripe, Adyen, PayPal, Braintree): they belong to nobody. */
const FOR_TESTS = new Set(
  (
    "4242424242424242 4000056655665556 4111111111111111 4012888888881881 4222222222222 4000000000000002 4000000000009995 " +
    "5555555555554444 2223003122003222 5200828282828210 5105105105105100 5425233430109903 2222420000001113 378282246310005 " +
    "371449635398431 378734493671000 6011111111111117 6011000990139424 6011981111111113 3056930009020004 30569309025904 " +
    "36227206271667 38520000023237 6555900000604105 3566002020360505 3530111333300000 6200000000000005 6200000000000047 " +
    "4000000000003220 4000002500003155 4000000000000077 4917610000000000 4444333322221111 4988438843884305"
  ).split(" "),
);

/** Cards: issuer range, length, Luhn. */
export const card: Detector = {
  kind: "card",
  find(text, tell, examples) {
    each(CARD, text, (match) => {
      const digits = digitsOf(match[0]);
      if (!luhn(digits) || (!examples && FOR_TESTS.has(digits)) || /^(\d)\1+$/.test(digits.slice(0, -1))) return;
      const said = CARD_SAID.test(before(text, match.index, 48));
      const known = ISSUERS.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits));
      if (!(known || (said && MORE.test(digits)))) return;
      // Plain runs of the rarer lengths are as often numbers of something else.
      if (!said && match[1] === undefined && (digits.length === 13 || namedElse(text, match.index))) return;
      tell(match.index, match.index + match[0].length);
    });
  },
};

const IBAN = /(?<![\w-])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![\w-])/gi;

/** Lengths by country (SWIFT, IBAN Registry). */
const LENGTHS: { readonly [country: string]: number } = Object.fromEntries(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 " +
    "FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 " +
    "LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 " +
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
);

/** IBAN: country, length, MOD 97-10 (ISO 13616). */
export const iban: Detector = {
  kind: "iban",
  find(text, tell) {
    each(IBAN, text, (match) => {
      const length = LENGTHS[match[0].slice(0, 2).toUpperCase()];
      if (length === undefined) return;
      // What follows after a space may be a word in capitals: the country says how long the number is.
      let end = 0;
      let account = "";
      for (; end < match[0].length && account.length < length; end++)
        if (!/[ -]/.test(match[0][end] as string)) account += match[0][end];
      if (account.length !== length || (end < match[0].length && match[0][end] !== " ")) return;
      const capitals = account.toUpperCase();
      // Capitals and small letters side by side are a token's.
      if (account !== capitals && account !== account.toLowerCase()) return;
      if (mod97(capitals.slice(4) + capitals.slice(0, 4)) === 1) tell(match.index, match.index + end);
    });
  },
};
