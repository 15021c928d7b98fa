// Check digits against numbers that standards and authorities print.

import { describe, expect, test } from "vitest";
import * as checks from "./checksums.ts";

/** A number with one digit changed must fail. */
const spoiled = (value: string, at: number) =>
  value.slice(0, at) + ((Number(value[at]) + 1) % 10) + value.slice(at + 1);

describe("checksums", () => {
  test.each<[string, (value: string) => boolean, string]>([
    ["Luhn (ISO/IEC 7812-1, annex B)", checks.luhn, "79927398713"],
    [
      "MOD 97-10 (ISO 13616, sample GB29 NWBK 6016 1331 9268 19)",
      (one) => checks.mod97(one) === 1,
      "NWBK60161331926819GB29",
    ],
    ["China, GB 11643 annex", checks.cnResident, "11010519491231002X"],
    ["China, credit code of Alibaba (public register)", checks.cnCredit, "91330100799655058B"],
    ["Taiwan, sample of the Ministry of the Interior", checks.twIdentity, "A123456789"],
    ["Hong Kong", (one) => checks.hkIdentity(one[0] as string, one.slice(1, 7), one[7] as string), "A1234563"],
    ["Spain, sample of the Interior ministry", (one) => checks.esDni(one.slice(0, 8), one.slice(8)), "99999999R"],
    ["Spain, NIE", (one) => checks.esDni(one.slice(0, 8), one.slice(8)), "X1234567L"],
    ["France, sample of the ameli card", (one) => checks.frNir(one.slice(0, 13), one.slice(13)), "255081416802538"],
    ["Italy", checks.itCodiceFiscale, "RSSMRA85T10A562S"],
    ["Germany, sample of the BZSt", checks.deTaxId, "86095742719"],
    ["Poland", checks.plPesel, "44051401359"],
    ["Netherlands", checks.nlBsn, "111222333"],
    ["Belgium", checks.beNational, "85073003328"],
    ["Brazil", checks.brCpf, "52998224725"],
    ["Singapore", checks.sgNric, "S1234567D"],
    ["Switzerland, sample of the SSO", checks.chAhv, "7569217076985"],
    ["India, sample of Verhoeff's scheme", checks.inAadhaar, "2363"],
  ])("%s", (_, check, value) => {
    expect(check(value)).toBe(true);
    const at = [...value].findLastIndex((char, i) => /\d/.test(char) && i > 0 && i < value.length - 1);
    expect(check(spoiled(value, at))).toBe(false);
  });

  test("days of the calendar", () => {
    expect([
      checks.isDay(2000, 2, 29),
      checks.isDay(1900, 2, 29),
      checks.isDay(1999, 4, 31),
      checks.isDay(1999, 13, 1),
    ]).toEqual([true, false, false, false]);
  });
});
