// Forms that a reader of the documents expects to be found, each in a sentence, and what looks like them.

import { describe, expect, test } from "vitest";
import { STANDARD_KINDS } from "../kinds.ts";
import { TextScan } from "../text-scan.ts";

const scan = new TextScan(STANDARD_KINDS);
const found = async (text: string) =>
  (await scan.find(text)).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

/** As many characters as wanted: of hexadecimal digits, or of letters of both sizes and digits. Made here, so that no file holds a key. */
const hex = (length: number) => "9f3a07c1b85e64d2".repeat(20).slice(0, length);
const any = (length: number) => "k7Rz2QmX9dLw4TbV".repeat(40).slice(0, length);
const upper = (length: number) => any(length).toUpperCase();

describe("keys of services by their form", () => {
  test.each([
    `gldt-${any(20)}`,
    `glrt-${any(20)}`,
    `glptt-${hex(40)}`,
    `glpat-${any(27)}.01.${hex(7)}`,
    `abc8Q~${any(34)}`,
    `SK${hex(32)}`,
    `nvapi-${any(64)}`,
    `EAAA${any(60)}`,
    `dp.pt.${any(43)}`,
    `secret_${any(43)}`,
    `ATATT3xFfGF0${any(170)}=${upper(8)}`,
    `NRAK-${upper(27)}`,
    `pcsk_${any(6)}_${any(63)}`,
    `lsv2_pt_${hex(32)}_${hex(10)}`,
    `fm2_${any(200)}`,
    `${any(14)}.atlasv1.${any(64)}`,
    `ops_eyJ${any(250)}`,
    `sk.eyJ1${any(60)}.${any(22)}`,
    `pat${any(14)}.${hex(64)}`,
    `AKLT${any(20)}+/${any(22)}`,
    `2/${"1234567890123456"}/${"2234567890123456"}:${hex(32)}`,
    `${hex(32)}.${any(16)}`,
    `bce-v3/ALTAK-${any(21)}/${hex(40)}`,
    `bkua_${hex(40)}`,
    `CCIPAT_${any(22)}_${hex(40)}`,
    `AKCp${any(69)}`,
    `EZAK${any(54)}`,
    `FLWSECK-${hex(32)}-X`,
    `pnu_${any(36)}`,
    `xkeysib-${hex(64)}-${any(16)}`,
    `shippo_live_${hex(40)}`,
    `CLOJARS_${any(60).toLowerCase()}`,
    `AQVN${any(36)}`,
    `access_token$production$${any(16).toLowerCase()}$${hex(32)}`,
    `tvly-dev-${any(32)}`,
    `sk_${hex(48)}`,
    `sgp_${hex(16)}_${hex(40)}`,
    `pa-${any(43)}`,
    `ico-${any(32)}`,
  ])("%s", async (key) => {
    expect(await found(`see ${key}, please`)).toEqual([`secret ${key}`]);
    expect(await found(`看看${key}对不对`)).toEqual([`secret ${key}`]);
  });
});

describe("secrets by their place", () => {
  test.each([
    ["<password>Pl8aseDont!</password>", "Pl8aseDont!"],
    [`{"SecretAccessKey":"${any(38)}/x"}`, `${any(38)}/x`],
    [`AWS_SECRET_ACCESS_KEY = ${any(38)}/x`, `${any(38)}/x`],
    [`钉钉 appsecret 是 ${any(64)}`, any(64)],
    [`我的API Key是${any(40)}，帮我看看`, any(40)],
    ["mysql -u root -pS3cretP4ss! app", "S3cretP4ss!"],
    [`{"auth":"${btoa("bob:Zx8qT4mvLp9")}"}`, btoa("bob:Zx8qT4mvLp9")],
    [`_auth=${btoa("bob:Zx8qT4mvLp9")}`, btoa("bob:Zx8qT4mvLp9")],
    ["jdbc:mysql://db:3306/app?user=root&password=Qw8rTy77zX&useSSL=false", "Qw8rTy77zX"],
    [`Private-Lines: 1\n${any(48)}\nPrivate-MAC: 0`, any(48)],
    [`https://b.s3.amazonaws.com/f?X-Amz-Signature=${hex(64)}`, hex(64)],
  ])("%s", async (text, value) => expect(await found(text)).toEqual([`secret ${value}`]));

  test.each([
    "<password></password>",
    "<password>required</password>",
    "<tokens>4096</tokens>",
    "sign(request: HttpRequest, credentials: AwsCredentialIdentity, options)",
    "self.username, self.password = credentials\npassword = auth[2]",
    "username, have_password, password = userinfo.partition(':')",
    "token是什么意思",
    'the "auth": "required" option',
    "auth=none",
    `commit ${hex(40)}`,
    `sha256:${hex(64)}`,
    `trace ${hex(32)}-${hex(16)}-01`,
    `file ${hex(32)}.js`,
    "version glpat-2, pa-la and pat.x",
  ])("nothing in %s", async (text) => expect(await found(text)).toEqual([]));
});

describe("addresses that are written otherwise", () => {
  test.each([
    ['联系"john doe"@nordwind-handel.de谢谢', '"john doe"@nordwind-handel.de'],
    ["联系bob@[81.169.145.66]谢谢", "bob@[81.169.145.66]"],
    ["/join?email=bob.s%40nordwind-handel.de&x=1", "bob.s%40nordwind-handel.de"],
  ])("%s", async (text, value) => expect(await found(text)).toEqual([`email ${value}`]));

  test.each(['see "@types/node" and "a"@b', "/npm/%40types/node.js", "x%40y", "icon%402x.png", "a@[1]"])(
    "nothing in %s",
    async (text) => expect(await found(text)).toEqual([]),
  );
});

describe("identity numbers that the text names", () => {
  test.each([
    ["PAN card number is BNZPM2501F", "BNZPM2501F"],
    ["マイナンバー：123456789018", "123456789018"],
    ["個人番号 9876 5432 1093", "9876 5432 1093"],
    ["SIN 130 692 544", "130 692 544"],
    ["TFN 123 456 782", "123 456 782"],
    ["Medicare 2123 45670 1", "2123 45670 1"],
    ["NHS number 943 476 5919", "943 476 5919"],
    ["personnummer 811218-9876", "811218-9876"],
    ["henkilötunnus 131052-308T", "131052-308T"],
    ["CPR 070761-4285", "070761-4285"],
    ["fødselsnummer 15076500565", "15076500565"],
    ["CURP HEGG560427MVZRRL04", "HEGG560427MVZRRL04"],
    ["South African ID 8001015009087", "8001015009087"],
    ["บัตรประชาชน 1-1018-00006-06-1", "1-1018-00006-06-1"],
    ["NIK 3171234567890123", "3171234567890123"],
    ["MyKad 880612-14-5678", "880612-14-5678"],
    ["CUIT 20-12345678-6", "20-12345678-6"],
    ["RUT 12.345.678-5", "12.345.678-5"],
    ["TC Kimlik 10000000146", "10000000146"],
    ["СНИЛС 112-233-445 95", "112-233-445 95"],
    ["ИНН 500100732259", "500100732259"],
    ["ת.ז. 123456782", "123456782"],
    ["PPS 1234567T", "1234567T"],
    ["NIF 123456789", "123456789"],
    ["CIF A58818501", "A58818501"],
    ["CNPJ 11.222.333/0001-81", "11.222.333/0001-81"],
    ["ITIN 912-78-1234", "912-78-1234"],
  ])("%s", async (text, value) => expect(await found(text)).toEqual([`national_id ${value}`]));

  test.each([
    "order BNZPM2501F, part 123456789018, row 130 692 544",
    "TFN 123 456 783, NHS number 943 476 5918, ИНН 500100732258",
    "RUT 12.345.678-4, CUIT 20-12345678-7, 11.222.333/0001-82",
    "MyKad 889912-14-5678",
  ])("nothing in %s", async (text) => expect(await found(text)).toEqual([]));

  test("with dashes, and in Macao's form without the first stroke", async () => {
    expect(await found("his CE-23-45-67-B was")).toEqual(["uk_nino CE-23-45-67-B"]);
    expect(await found("Macau ID 5215299/8")).toEqual(["mo_id 5215299/8"]);
  });
});

test("what a unit follows is no phone number", async () => {
  expect(await found("面积 13912345678 平方米, GDP 13912345678 美元, 共 13912345678 吨")).toEqual([]);
});
