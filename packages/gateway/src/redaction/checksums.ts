// Check digits of cards, accounts and identity numbers, each as its standard says. All take the bare characters.

/** Luhn (ISO/IEC 7812-1, annex B), from the right. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, twice = false; i >= 0; i--, twice = !twice) {
    let digit = digits.charCodeAt(i) - 48;
    if (twice) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

/** The value of a text of digits and letters (A = 10) modulo 97 (ISO/IEC 7064, MOD 97-10; ISO 13616 for accounts). */
export function mod97(text: string): number {
  let rest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    rest = code < 58 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97;
  }
  return rest;
}

/** ISO/IEC 7064 MOD 11-2 over 17 digits and `0`-`9` or `X` (GB 11643-1999). */
export function cnResident(id: string): boolean {
  let sum = 0;
  for (let i = 0; i < 17; i++) sum += (id.charCodeAt(i) - 48) * (2 ** (17 - i) % 11);
  return "10X98765432"[sum % 11] === id[17]?.toUpperCase();
}

const CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/** MOD 31 with powers of 3 over 17 characters (GB 32100-2015). */
export function cnCredit(code: string): boolean {
  let sum = 0;
  let weight = 1;
  for (let i = 0; i < 17; i++) {
    const value = CREDIT_ALPHABET.indexOf(code[i] ?? "?");
    if (value < 0) return false;
    sum += value * weight;
    weight = (weight * 3) % 31;
  }
  return CREDIT_ALPHABET[(31 - (sum % 31)) % 31] === code[17];
}

/** Hong Kong: one or two letters, six digits, a check of 0-9 or A; weights 9 to 1, the letter missing counts 36. */
export function hkIdentity(letters: string, digits: string, check: string): boolean {
  const value = (letter: string) => letter.charCodeAt(0) - 55;
  const padded = letters.length === 1 ? [36, value(letters)] : [value(letters[0] ?? "A"), value(letters[1] ?? "A")];
  let sum = (padded[0] ?? 0) * 9 + (padded[1] ?? 0) * 8;
  for (let i = 0; i < 6; i++) sum += (digits.charCodeAt(i) - 48) * (7 - i);
  return (sum + (check === "A" ? 10 : Number(check))) % 11 === 0;
}

const TW_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO";

/** Taiwan: a letter counts as 10 to 35 in the order of the register; in old resident numbers the second is a letter too. */
export function twIdentity(id: string): boolean {
  const first = TW_LETTERS.indexOf(id[0] ?? "?") + 10;
  const second = /\d/.test(id[1] ?? "") ? Number(id[1]) : (TW_LETTERS.indexOf(id[1] ?? "?") + 10) % 10;
  let sum = Math.floor(first / 10) + (first % 10) * 9 + second * 8;
  for (let i = 2; i < 9; i++) sum += Number(id[i]) * (9 - i);
  return (sum + Number(id[9])) % 10 === 0;
}

/** Spain: the letter is the number modulo 23; X, Y and Z of a NIE count 0, 1 and 2. */
export function esDni(number: string, letter: string): boolean {
  return (
    "TRWAGMYFPDXBNJZSQVHLCKE"[Number(number.replace(/^[XYZ]/, (one) => String("XYZ".indexOf(one)))) % 23] === letter
  );
}

/** France: 13 digits and a key of 97 less their value modulo 97; Corsica's 2A and 2B count as 19 and 18. */
export function frNir(body: string, key: string): boolean {
  const plain = body.replace("2A", "19").replace("2B", "18");
  return /^\d{13}$/.test(plain) && 97 - mod97(plain) === Number(key);
}

const CF_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy: sixteen characters, odd and even places weighed apart, modulo 26 (DM 23 December 1976). */
export function itCodiceFiscale(code: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const at = code.charCodeAt(i);
    const value = at < 58 ? at - 48 : at - 65;
    sum += i % 2 === 0 ? (CF_ODD[value] ?? 0) : value;
  }
  return code.charCodeAt(15) - 65 === sum % 26;
}

/** Germany: ISO/IEC 7064 MOD 11,10 over ten digits of which exactly one stands two or three times. */
export function deTaxId(id: string): boolean {
  if (id[0] === "0") return false;
  const counts = new Map<string, number>();
  for (const digit of id.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  if (repeated.length !== 1 || (repeated[0] ?? 0) > 3) return false;
  let product = 10;
  for (let i = 0; i < 10; i++) {
    const sum = (Number(id[i]) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(id[10]);
}

/** A weighed sum of digits modulo `by`. */
export function weighed(digits: string, weights: readonly number[], by: number): number {
  return weights.reduce((sum, weight, i) => sum + weight * (digits.charCodeAt(i) - 48), 0) % by;
}

/** Poland: weights 1 3 7 9, modulo 10. */
export function plPesel(id: string): boolean {
  return weighed(id, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1], 10) === 0;
}

/** Netherlands: the eleven test, the last digit counted down. */
export function nlBsn(id: string): boolean {
  return id !== "000000000" && weighed(id, [9, 8, 7, 6, 5, 4, 3, 2, -1], 11) === 0;
}

/** Belgium: 97 less the first nine digits modulo 97; for those born from 2000 on a 2 stands before them. */
export function beNational(id: string): boolean {
  const check = Number(id.slice(9));
  return 97 - mod97(id.slice(0, 9)) === check || 97 - mod97(`2${id.slice(0, 9)}`) === check;
}

/** Brazil: two check digits modulo 11; eleven times the same digit is none. */
export function brCpf(id: string): boolean {
  if (/^(\d)\1{10}$/.test(id)) return false;
  const check = (length: number) => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Number(id[i]) * (length + 1 - i);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === Number(id[9]) && check(10) === Number(id[10]);
}

/** Singapore: weights 2 7 6 5 4 3 2; T and G add 4, M adds 3; the letter's row depends on the first. */
export function sgNric(id: string): boolean {
  const first = id[0] ?? "";
  const sum =
    weighed(id.slice(1, 8), [2, 7, 6, 5, 4, 3, 2], 11_000) + (first === "M" ? 3 : "TG".includes(first) ? 4 : 0);
  const row = "ST".includes(first) ? "JZIHGFEDCBA" : first === "M" ? "XWUTRQPNJLK" : "XWUTRQPNMLK";
  const at = first === "M" ? 10 - (sum % 11) : sum % 11;
  return row[at] === id[8];
}

/** Korea: weights 2 to 9 and again, modulo 11. Numbers given since October 2020 need not bear it. */
export function krResident(id: string): boolean {
  return (11 - weighed(id, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5], 11)) % 10 === Number(id[12]);
}

/** Switzerland: thirteen digits that begin with 756, check digit of EAN-13. */
export function chAhv(id: string): boolean {
  return weighed(id, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1], 10) === 0;
}

const D = "0123456789123406789523401789563401289567401239567859876043216598710432765982104387659321049876543210";
const P = "01234567891576283094580379614289160435279453126870428657390127938064157046913258";

/** India: Verhoeff's scheme by the dihedral group of order ten (J. Verhoeff, 1969). */
export function inAadhaar(id: string): boolean {
  let check = 0;
  for (let i = 0; i < id.length; i++) {
    const digit = Number(id[id.length - 1 - i]);
    check = Number(D[check * 10 + Number(P[(i % 8) * 10 + digit])]);
  }
  return check === 0;
}

/** Whether year, month and day are a day of the calendar. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}
