// Values for the corpus: made from a seed with right check digits. Nobody's: digits are drawn, domains are invented.
//
// Check digits are worked out here and not with the gateway's code, so that a mistake there shows.

import { seededRandom } from "@fairlead/runtime";

/** A value with its kind. */
export interface Value {
  readonly kind: string;
  readonly value: string;
}

const DIGITS = "0123456789";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const ALNUM = UPPER + LOWER + DIGITS;
const HEX = "0123456789abcdef";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Draws values; the same seed draws the same. */
export class Values {
  readonly #random;

  constructor(seed: string) {
    this.#random = seededRandom(seed);
  }

  int(below: number): number {
    return Math.floor(this.#random.next() * below);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }

  chars(length: number, from = ALNUM): string {
    return Array.from({ length }, () => from[this.int(from.length)]).join("");
  }

  digits(length: number): string {
    return this.chars(length, DIGITS);
  }

  hex(length: number): string {
    return this.chars(length, HEX);
  }

  /** Letters and digits with at least some of each. */
  token(length: number): string {
    return `${this.chars(length - 6)}aR7k2Q`.slice(0, length);
  }

  day(from = 1950, to = 2004): string {
    const month = 1 + this.int(12);
    return `${from + this.int(to - from)}${String(month).padStart(2, "0")}${String(1 + this.int(28)).padStart(2, "0")}`;
  }

  // E-mail: RFC 5321. The domains are invented.
  email(): Value {
    const name = this.pick([
      "anna.berg",
      "li.wei",
      "j_ortega",
      "zhang.san88",
      "m.dubois",
      "o'brien",
      "kim+news",
      "support-eu",
      "s.rossi",
      "wang_fang",
    ]);
    const domain = this.pick([
      "nordwind-handel.de",
      "lanhai-keji.cn",
      "mail.lanhai-keji.com.cn",
      "orchard-labs.io",
      "correo.vientosur.es",
      "kaisen.co.jp",
      "brightwater.co.uk",
      "ventdest.fr",
    ]);
    return { kind: "email", value: `${name}@${domain}` };
  }

  // China's mobile prefixes: MIIT numbering plan.
  cnMobile(form = 0): Value {
    const head = this.pick(["138", "139", "150", "177", "186", "198", "131", "152", "166", "189"]);
    const [a, b] = [this.digits(4), this.digits(4)];
    const forms = [
      `${head}${a}${b}`,
      `${head} ${a} ${b}`,
      `${head}-${a}-${b}`,
      `+86 ${head}${a}${b}`,
      `+86-${head}-${a}-${b}`,
      `0086${head}${a}${b}`,
    ];
    return { kind: "phone", value: forms[form % forms.length] as string };
  }

  cnLandline(form = 0): Value {
    const [area, local] = this.pick([
      ["010", `6${this.digits(7)}`],
      ["021", `5${this.digits(7)}`],
      ["0755", `8${this.digits(7)}`],
      ["0571", `8${this.digits(7)}`],
      ["0931", `4${this.digits(6)}`],
    ] as const);
    const forms = [
      `${area}-${local}`,
      `(${area})${local}`,
      `${area} ${local}`,
      `+86 ${area}-${local}`.replace("+86 0", "+86 "),
    ];
    return { kind: "phone", value: forms[form % forms.length] as string };
  }

  // E.164 and national forms as the countries' regulators print them.
  phone(form = 0): Value {
    const d = (n: number) => this.digits(n);
    const n = () => this.pick(["2", "3", "4", "6", "7"]);
    const forms = [
      `+1 415-${n()}${d(2)}-${d(4)}`,
      `+1 (212) ${n()}${d(2)}-${d(4)}`,
      `(415) ${n()}${d(2)}-${d(4)}`,
      `312-${n()}${d(2)}-${d(4)}`,
      `+44 20 7${d(3)} ${d(4)}`,
      `+44 7${this.pick(["4", "5", "7", "9"])}${d(2)} ${d(6)}`,
      `07${this.pick(["4", "5", "7", "9"])}${d(2)} ${d(6)}`,
      `020 7${d(3)} ${d(4)}`,
      `+33 6 ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
      `06 ${d(2)} ${d(2)} ${d(2)} ${d(2)}`,
      `+49 30 ${n()}${d(6)}`,
      `+49 171 ${n()}${d(6)}`,
      `+81 90-${d(4)}-${d(4)}`,
      `090-${d(4)}-${d(4)}`,
      `+852 9${d(3)} ${d(4)}`,
      `+886 9${d(2)} ${d(3)} ${d(3)}`,
      `+65 9${d(3)} ${d(4)}`,
      `+91 98${d(3)} ${d(5)}`,
      `+34 6${d(2)} ${d(3)} ${d(3)}`,
      `+39 34${d(1)} ${d(3)} ${d(4)}`,
      `+55 11 9${d(4)}-${d(4)}`,
      `+61 4${d(2)} ${d(3)} ${d(3)}`,
      `+821${d(1).replace(/\d/, "0")}${n()}${d(7)}`,
    ];
    return { kind: "phone", value: forms[form % forms.length] as string };
  }

  // GB 11643-1999, annex: weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2.
  cnId(form = 0): Value {
    const body = `${this.pick(["110105", "310104", "440305", "330106", "510107", "610113", "420111", "320583"])}${this.day()}${this.digits(3)}`;
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const sum = weights.reduce((all, weight, i) => all + weight * Number(body[i]), 0);
    const id = body + "10X98765432"[sum % 11];
    const forms = [
      id,
      id.toLowerCase(),
      `${id.slice(0, 6)} ${id.slice(6, 14)} ${id.slice(14)}`,
      `${id.slice(0, 6)}${id.slice(8, 17)}`.replace(/^(.{6})0[0-4]/, "$165"),
    ];
    return { kind: "cn_id", value: forms[form % forms.length] as string };
  }

  // GB 32100-2015, table: weights 1 3 9 27 19 26 16 17 20 29 25 13 8 24 10 30 28.
  creditCode(): Value {
    const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const body = `91${this.pick(["110108", "310115", "440300", "330100"])}MA${this.chars(7, letters)}`;
    const weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    const sum = weights.reduce((all, weight, i) => all + weight * letters.indexOf(body[i] as string), 0);
    return { kind: "cn_credit_code", value: body + letters[(31 - (sum % 31)) % 31] };
  }

  // Hong Kong Immigration Department's form; the check digit as widely published: weights 9 to 2, modulo 11.
  hkId(form = 0): Value {
    const letter = this.pick(["A", "B", "C", "D", "G", "K", "P", "R", "V", "Y", "Z"]);
    const digits = this.digits(6);
    let sum = 36 * 9 + (letter.charCodeAt(0) - 55) * 8;
    for (let i = 0; i < 6; i++) sum += Number(digits[i]) * (7 - i);
    const check = (11 - (sum % 11)) % 11;
    const last = check === 10 ? "A" : String(check);
    return { kind: "hk_id", value: form === 0 ? `${letter}${digits}(${last})` : `${letter}${digits}${last}` };
  }

  // Taiwan, Ministry of the Interior: the letter as two digits, weights 1 9 8 7 6 5 4 3 2 1 1.
  twId(): Value {
    const letter = this.pick(["A", "B", "F", "H", "N", "T"]);
    const number = { A: 10, B: 11, F: 15, H: 17, N: 22, T: 27 }[letter] ?? 10;
    const body = `${this.pick(["1", "2", "8", "9"])}${this.digits(7)}`;
    const all = `${number}${body}`;
    const sum = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1].reduce((total, weight, i) => total + weight * Number(all[i]), 0);
    return { kind: "tw_id", value: `${letter}${body}${(10 - (sum % 10)) % 10}` };
  }

  moId(): Value {
    return { kind: "mo_id", value: `${this.pick(["1", "5", "7"])}${this.digits(6)}(${this.digits(1)})` };
  }

  passport(form = 0): Value {
    const forms = [
      `E${this.digits(8)}`,
      `EA${this.digits(7)}`,
      `G${this.digits(8)}`,
      this.pick(["5", "6", "4"]) + this.digits(8),
      `C${this.digits(8)}`,
    ];
    return { kind: "passport", value: forms[form % forms.length] as string };
  }

  // SSA POMS RM 10201.030: no 000, 666, 900 and above, no group of zeros.
  ssn(): Value {
    return { kind: "us_ssn", value: `${100 + this.int(500)}-${10 + this.int(89)}-${1000 + this.int(8999)}` };
  }

  // HMRC NIM39110.
  nino(form = 0): Value {
    const [a, b, c] = [this.digits(2), this.digits(2), this.digits(2)];
    const head = this.pick(["AB", "CE", "JH", "WM", "SX", "ZR"]);
    const tail = this.pick(["A", "B", "C", "D"]);
    return { kind: "uk_nino", value: form === 0 ? `${head}${a}${b}${c}${tail}` : `${head} ${a} ${b} ${c} ${tail}` };
  }

  // Interior ministry of Spain; INSEE; DM 12 March 1974 (Italy); BZSt; Poland, Belgium.
  euId(form = 0): Value {
    const kind = "eu_id";
    switch (form % 5) {
      case 0: {
        const number = this.digits(8);
        return { kind, value: `${number}${"TRWAGMYFPDXBNJZSQVHLCKE"[Number(number) % 23]}` };
      }
      case 1: {
        const number = this.digits(7);
        return { kind, value: `X${number}${"TRWAGMYFPDXBNJZSQVHLCKE"[Number(number) % 23]}` };
      }
      case 2: {
        const body = `${this.pick(["1", "2"])}${50 + this.int(49)}0${1 + this.int(9)}75${100 + this.int(20)}${100 + this.int(800)}`;
        const key = String(97 - Number(BigInt(body) % 97n)).padStart(2, "0");
        return {
          kind,
          value: `${body[0]} ${body.slice(1, 3)} ${body.slice(3, 5)} ${body.slice(5, 7)} ${body.slice(7, 10)} ${body.slice(10)} ${key}`,
        };
      }
      case 3: {
        const body = `${this.pick(["RSSMRA", "BNCGLI", "VRDLCU"])}${60 + this.int(39)}${this.pick(["A", "C", "H", "T"])}${10 + this.int(20)}${this.pick(["H501", "F205", "L219"])}`;
        const odd: Record<string, number> = {
          "0": 1,
          "1": 0,
          "2": 5,
          "3": 7,
          "4": 9,
          "5": 13,
          "6": 15,
          "7": 17,
          "8": 19,
          "9": 21,
          A: 1,
          B: 0,
          C: 5,
          D: 7,
          E: 9,
          F: 13,
          G: 15,
          H: 17,
          I: 19,
          J: 21,
          K: 2,
          L: 4,
          M: 18,
          N: 20,
          O: 11,
          P: 3,
          Q: 6,
          R: 8,
          S: 12,
          T: 14,
          U: 16,
          V: 10,
          W: 22,
          X: 25,
          Y: 24,
          Z: 23,
        };
        let sum = 0;
        for (let i = 0; i < 15; i++) {
          const char = body[i] as string;
          sum += i % 2 === 0 ? (odd[char] ?? 0) : /\d/.test(char) ? Number(char) : char.charCodeAt(0) - 65;
        }
        return { kind, value: body + UPPER[sum % 26] };
      }
      default: {
        const digits = "1234567890".split("");
        const first = 1 + this.int(9);
        const base = [...digits.slice(first), ...digits.slice(0, first)].filter((one, i) => !(i === 0 && one === "0"));
        let ten = base.join("").slice(0, 9);
        ten = ten[0] === "0" ? `1${ten.slice(1)}` : ten;
        ten += ten[3];
        let product = 10;
        for (const char of ten) {
          let sum = (Number(char) + product) % 10;
          if (sum === 0) sum = 10;
          product = (2 * sum) % 11;
        }
        const id = `${ten}${(11 - product) % 10}`;
        return { kind, value: `${id.slice(0, 2)} ${id.slice(2, 5)} ${id.slice(5, 8)} ${id.slice(8)}` };
      }
    }
  }

  // Receita Federal; SSO Switzerland (EAN-13); ICA of Singapore as widely published; MOIS of Korea.
  nationalId(form = 0): Value {
    const kind = "national_id";
    if (form % 4 === 0) {
      const nine = `${1 + this.int(8)}${this.digits(8)}`;
      const check = (text: string) => {
        const sum = [...text].reduce((all, char, i) => all + Number(char) * (text.length + 1 - i), 0);
        return sum % 11 < 2 ? 0 : 11 - (sum % 11);
      };
      const one = check(nine);
      const id = `${nine}${one}${check(`${nine}${one}`)}`;
      return { kind, value: `${id.slice(0, 3)}.${id.slice(3, 6)}.${id.slice(6, 9)}-${id.slice(9)}` };
    }
    if (form % 4 === 1) {
      const body = `756${this.digits(9)}`;
      const sum = [...body].reduce((all, char, i) => all + Number(char) * (i % 2 === 0 ? 1 : 3), 0);
      const id = `${body}${(10 - (sum % 10)) % 10}`;
      return { kind, value: `${id.slice(0, 3)}.${id.slice(3, 7)}.${id.slice(7, 11)}.${id.slice(11)}` };
    }
    if (form % 4 === 2) {
      const digits = this.digits(7);
      const sum = [2, 7, 6, 5, 4, 3, 2].reduce((all, weight, i) => all + weight * Number(digits[i]), 0);
      return { kind, value: `S${digits}${"JZIHGFEDCBA"[sum % 11]}` };
    }
    const body = `${this.day().slice(2)}${this.pick(["1", "2"])}${this.digits(5)}`;
    const sum = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5].reduce((all, weight, i) => all + weight * Number(body[i]), 0);
    const id = `${body}${(11 - (sum % 11)) % 10}`;
    return { kind, value: `${id.slice(0, 6)}-${id.slice(6)}` };
  }

  // ISO 13616 with the registry's lengths.
  iban(form = 0): Value {
    const [country, bban] = this.pick([
      ["DE", this.digits(18)],
      ["GB", `NWBK${this.digits(14)}`],
      ["FR", this.digits(23)],
      ["NL", `ABNA${this.digits(10)}`],
      ["ES", this.digits(20)],
      ["CH", this.digits(17)],
    ] as const);
    const value = `${bban}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
    const id = `${country}${String(98 - Number(BigInt(value) % 97n)).padStart(2, "0")}${bban}`;
    return { kind: "iban", value: form === 0 ? id : (id.match(/.{1,4}/g) ?? []).join(" ") };
  }

  // ISO/IEC 7812: issuer ranges as the networks publish them; the check digit from the left here, from the right there.
  card(form = 0): Value {
    const [prefix, length] = this.pick([
      ["4539", 16],
      ["5234", 16],
      ["6222", 19],
      ["6225", 16],
      ["3714", 15],
      ["6011", 16],
      ["3566", 16],
      ["2345", 16],
    ] as const);
    const body = prefix + this.digits(length - 1 - prefix.length);
    let sum = 0;
    for (let i = 0; i < body.length; i++) {
      const digit = Number(body[i]);
      const twice = (body.length - i) % 2 === 1 ? digit * 2 : digit;
      sum += twice > 9 ? twice - 9 : twice;
    }
    const id = `${body}${(10 - (sum % 10)) % 10}`;
    const sep = form === 1 ? " " : form === 2 ? "-" : "";
    const grouped = length === 15 ? [id.slice(0, 4), id.slice(4, 10), id.slice(10)] : (id.match(/.{1,4}/g) ?? []);
    return { kind: "card", value: grouped.join(sep) };
  }

  base32(length: number): string {
    return this.chars(length, BASE32);
  }
}
