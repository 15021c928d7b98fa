// What redaction knows of: the kinds, the word each has in a placeholder, and the groups that a policy may name.

/** One kind of what is found. User patterns have kinds of their own, `pattern:<name>`. */
export type Kind =
  | "secret"
  | "email"
  | "phone"
  | "cn_id"
  | "hk_id"
  | "mo_id"
  | "tw_id"
  | "passport"
  | "cn_credit_code"
  | "us_ssn"
  | "uk_nino"
  | "eu_id"
  | "national_id"
  | "iban"
  | "card"
  | "ip"
  | "cn_plate";

/** How a kind is told in a placeholder, and whether it is looked for when a policy names none. */
export interface KindRow {
  readonly word: string;
  readonly standard: boolean;
  readonly says: string;
}

/** Every kind. The order is the rank: where two find the same span, the earlier one names it. */
export const KINDS: { readonly [K in Kind]: KindRow } = {
  secret: { word: "SECRET", standard: true, says: "Keys, tokens, passwords, private keys, webhooks with a token." },
  cn_id: { word: "CN_ID", standard: true, says: "China: resident identity number of 18 or 15 digits." },
  cn_credit_code: { word: "CREDIT_CODE", standard: true, says: "China: unified social credit code." },
  card: { word: "CARD", standard: true, says: "Payment and bank cards, UnionPay among them." },
  iban: { word: "IBAN", standard: true, says: "International bank account numbers." },
  email: { word: "EMAIL", standard: true, says: "E-mail addresses." },
  us_ssn: { word: "SSN", standard: true, says: "United States: social security number." },
  uk_nino: { word: "NINO", standard: true, says: "United Kingdom: national insurance number." },
  eu_id: {
    word: "EU_ID",
    standard: true,
    says: "DNI, NIE, NIR, codice fiscale, Steuer-ID, PESEL, BSN, Belgian number.",
  },
  national_id: {
    word: "NATIONAL_ID",
    standard: true,
    says: "Numbers of Brazil, India, Korea, Singapore, Switzerland; of some twenty others where the text names them.",
  },
  hk_id: { word: "HK_ID", standard: true, says: "Hong Kong: identity card." },
  tw_id: { word: "TW_ID", standard: true, says: "Taiwan: identity and resident numbers." },
  mo_id: { word: "MO_ID", standard: true, says: "Macao: identity card." },
  passport: { word: "PASSPORT", standard: true, says: "Passport and travel permit numbers, where the text says so." },
  phone: { word: "PHONE", standard: true, says: "Phone numbers of China and elsewhere." },
  cn_plate: { word: "PLATE", standard: false, says: "China: licence plates." },
  ip: { word: "IP", standard: false, says: "IPv4 and IPv6 addresses." },
};

/** All kinds in order of rank. */
export const ALL_KINDS = Object.keys(KINDS) as readonly Kind[];

/** The kinds that are looked for when a policy names none. */
export const STANDARD_KINDS: readonly Kind[] = ALL_KINDS.filter((kind) => KINDS[kind].standard);

/** Names for several kinds at once. */
export const GROUPS: { readonly [name: string]: readonly Kind[] } = {
  all: ALL_KINDS,
  standard: STANDARD_KINDS,
  identity: ["cn_id", "hk_id", "mo_id", "tw_id", "passport", "us_ssn", "uk_nino", "eu_id", "national_id"],
  bank: ["card", "iban"],
};

/** The kinds behind names of kinds and groups, each once, in order of rank. Unknown names are left out. */
export function kindsOf(names: readonly string[]): readonly Kind[] {
  const wanted = new Set(names.flatMap((name) => GROUPS[name] ?? [name as Kind]));
  return ALL_KINDS.filter((kind) => wanted.has(kind));
}
