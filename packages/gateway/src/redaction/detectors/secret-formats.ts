// Secrets that are known by their form: keys of providers, webhooks with a token, private keys, tokens.

import { type Detector, digitsOf, each, type Tell } from "./detector.ts";

/** One form. `hint` stands in every text that holds one, so that most texts cost one quick search. */
interface Form {
  readonly hint: string;
  readonly form: RegExp;
  /** The group that is the secret; 0 for all of it. */
  readonly group?: number;
  readonly accepts?: (found: string) => boolean;
}

const mixed = (found: string): boolean => /\d/.test(found) && /[A-Z]/.test(found) && /[a-z]/.test(found);
const someDigits = (found: string): boolean => digitsOf(found).length >= 3;
/** What stands where a secret is to be put. */
const noSample = (found: string): boolean => !/XXXX|x{6}|0{12}|1234567890abcdef1234567890/.test(found);
/** Documents of AWS and others end their samples so. */
const SAMPLE = /EXAMPLE/;

/** Sources: the providers' own documents on their key formats, and GitHub's list of supported secret scanning patterns. */
const FORMS: readonly Form[] = [
  { hint: "sk-ant-", form: /(?<![\w-])sk-ant-(?:[a-z]{3,6}\d{2}-)?[\w-]{20,200}/g, accepts: noSample },
  { hint: "sk-", form: /(?<![\w-])sk-(?:proj|svcacct|admin|None|or-v1|lf)-[\w-]{20,220}/g, accepts: someDigits },
  { hint: "sk-", form: /(?<![\w-])sk-[A-Za-z0-9]{32,64}(?![\w-])/g, accepts: someDigits },
  { hint: "sess-", form: /(?<![\w-])sess-[A-Za-z0-9]{40}(?![\w-])/g, accepts: mixed },
  { hint: "AKIA", form: /(?<![A-Za-z0-9])AKIA[A-Z2-7]{16}(?![A-Za-z0-9])/g, accepts: noSample },
  { hint: "ASIA", form: /(?<![A-Za-z0-9])ASIA[A-Z2-7]{16}(?![A-Za-z0-9])/g, accepts: noSample },
  { hint: "ABSK", form: /(?<![\w-])ABSK[A-Za-z0-9+/]{80,200}={0,2}/g },
  { hint: "AIza", form: /(?<![\w-])AIza[\w-]{35}(?![\w-])/g, accepts: someDigits },
  { hint: "ya29.", form: /(?<![\w-])ya29\.[\w-]{20,400}/g },
  { hint: "GOCSPX-", form: /(?<![\w-])GOCSPX-[\w-]{28}(?![\w-])/g },
  { hint: "eyJ", form: /(?<![\w-])eyJ[\w-]{8,2000}\.eyJ[\w-]{8,6000}\.[\w-]{10,2000}/g },
  { hint: "gh", form: /(?<![\w-])gh[pousr]_[A-Za-z0-9]{36,251}(?![\w-])/g, accepts: noSample },
  { hint: "github_pat_", form: /(?<![\w-])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/g },
  {
    hint: "gl",
    form: /(?<![\w-])gl(?:pat|dt|rt|rtr|ptt|ft|imt|agent|oas|cbt|soat|ffct)-(?:\d{2}_)?[\w-]{20,300}(?:\.[a-z0-9]{2}\.[a-z0-9]{7,9})?/g,
    accepts: (one) => noSample(one) && someDigits(one),
  },
  { hint: "gitee", form: /gitee[\w.-]{0,24}["']?\s{0,2}[:=]\s{0,2}["']?([a-f0-9]{32})(?!\w)/gi, group: 1 },
  { hint: "npm_", form: /(?<![\w-])npm_[A-Za-z0-9]{36}(?![\w-])/g, accepts: mixed },
  { hint: "pypi-", form: /(?<![\w-])pypi-AgEI[\w-]{50,300}/g },
  { hint: "k_live_", form: /(?<![\w-])[rs]k_live_[A-Za-z0-9]{20,200}/g },
  { hint: "k_test_", form: /(?<![\w-])[rs]k_test_[A-Za-z0-9]{20,200}/g },
  { hint: "whsec_", form: /(?<![\w-])whsec_[A-Za-z0-9+/]{24,80}={0,2}/g },
  { hint: "SG.", form: /(?<![\w-])SG\.[\w-]{22}\.[\w-]{43}(?![\w-])/g },
  { hint: "hf_", form: /(?<![\w-])hf_[A-Za-z0-9]{34,40}(?![\w-])/g },
  { hint: "gsk_", form: /(?<![\w-])gsk_[A-Za-z0-9]{48,56}(?![\w-])/g },
  { hint: "xai-", form: /(?<![\w-])xai-[A-Za-z0-9]{70,90}(?![\w-])/g },
  { hint: "r8_", form: /(?<![\w-])r8_[A-Za-z0-9]{37}(?![\w-])/g },
  { hint: "pplx-", form: /(?<![\w-])pplx-[A-Za-z0-9]{48}(?![\w-])/g },
  { hint: "dop_v1_", form: /(?<![\w-])dop_v1_[a-f0-9]{64}(?!\w)/g },
  { hint: "hvs.", form: /(?<![\w-])hv[sb]\.[\w-]{24,200}/g },
  { hint: "shp", form: /(?<![\w-])shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}(?!\w)/g },
  { hint: "AGE-SECRET-KEY-1", form: /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/g },
  { hint: "xox", form: /(?<![\w-])xox[abeoprs]-(?:\d+-)?[\w-]{10,250}/g, accepts: someDigits },
  { hint: "xapp-", form: /(?<![\w-])xapp-\d-[A-Z0-9]{8,16}-\d{8,16}-[a-f0-9]{40,80}/g },
  {
    hint: "hooks.slack.com",
    form: /hooks\.slack\.com\/(?:services|workflows|triggers)\/([A-Za-z0-9/_-]{20,120})/g,
    group: 1,
    accepts: (one) => !/^T0{6,}/.test(one) && !/X{6}/.test(one),
  },
  {
    hint: "/open-apis/bot/",
    form: /\/open-apis\/bot\/(?:v2\/)?hook\/([A-Za-z0-9-]{24,48})/g,
    group: 1,
    accepts: (one) => !/x{4}/i.test(one),
  },
  { hint: "oapi.dingtalk.com", form: /oapi\.dingtalk\.com\/robot\/send\?access_token=([A-Fa-f0-9]{40,80})/g, group: 1 },
  { hint: "SEC", form: /(?<!\w)SEC[a-f0-9]{64}(?!\w)/g },
  {
    hint: "qyapi.weixin.qq.com",
    form: /qyapi\.weixin\.qq\.com\/cgi-bin\/webhook\/[a-z_]{4,16}\?key=([A-Za-z0-9-]{32,40})/g,
    group: 1,
    accepts: (one) => !/x{4}/i.test(one),
  },
  { hint: "/api/webhooks/", form: /discord(?:app)?\.com\/api\/webhooks\/(\d{15,21}\/[\w-]{50,90})/g, group: 1 },
  { hint: ".webhook.office.com", form: /\.webhook\.office\.com\/webhookb2\/([A-Za-z0-9@/-]{60,220})/g, group: 1 },
  { hint: ":AA", form: /(?<![\w-])\d{8,10}:AA[\w-]{32,33}(?![\w-])/g },
  {
    hint: "LTAI",
    form: /(?<![A-Za-z0-9])LTAI[A-Za-z0-9]{12,26}(?![A-Za-z0-9])/g,
    accepts: (one) => noSample(one) && /\d|[a-z]/.test(one.slice(4)),
  },
  {
    hint: "AKID",
    form: /(?<![A-Za-z0-9])AKID[A-Za-z0-9]{13,40}(?![A-Za-z0-9])/g,
    accepts: (one) => noSample(one) && /\d/.test(one),
  },
  { hint: "AKLT", form: /(?<![A-Za-z0-9])AKLT[A-Za-z0-9+/]{40,60}={0,2}/g },
  { hint: "bce-v3/", form: /(?<![\w-])bce-v3\/ALTAK-[A-Za-z0-9]{16,40}\/[a-f0-9]{40}(?!\w)/g },
  { hint: "ALTAK", form: /(?<![A-Za-z0-9])ALTAK-?[A-Za-z0-9]{16,40}(?![A-Za-z0-9])/g },
  // Zhipu: an id and a secret.
  { hint: ".", form: /(?<![\w.-])[a-f0-9]{32}\.[A-Za-z0-9]{16}(?![\w.-])/g, accepts: mixed },
  { hint: "2/", form: /(?<![\w/.-])2\/\d{15,17}\/\d{15,17}:[a-f0-9]{32}(?!\w)/g },
  // Entra ID: a client's secret.
  { hint: "Q~", form: /(?<![\w~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![\w~-])/g, accepts: mixed },
  { hint: "SK", form: /(?<![\w-])SK[a-f0-9]{32}(?!\w)/g },
  { hint: "nvapi-", form: /(?<![\w-])nvapi-[\w-]{60,70}(?![\w-])/g },
  { hint: "EAAA", form: /(?<![\w-])EAAA[\w-]{60}(?![\w-])/g, accepts: mixed },
  { hint: "dp.", form: /(?<![\w.-])dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}(?!\w)/g },
  { hint: "secret_", form: /(?<![\w-])secret_[A-Za-z0-9]{43}(?![\w-])/g, accepts: mixed },
  { hint: "ATATT3", form: /(?<![\w-])ATATT3[\w=-]{80,250}/g },
  { hint: "ATCTT3", form: /(?<![\w-])ATCTT3[\w=-]{80,250}/g },
  { hint: "NRAK-", form: /(?<![\w-])NRAK-[A-Z0-9]{27}(?!\w)/g },
  { hint: "pcsk_", form: /(?<![\w-])pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{50,70}(?!\w)/g },
  { hint: "lsv2_", form: /(?<![\w-])lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}(?!\w)/g },
  { hint: "fm2_", form: /(?<![\w-])fm2_[A-Za-z0-9+/]{100,1000}={0,3}/g },
  { hint: ".atlasv1.", form: /(?<![\w-])[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}/g },
  { hint: "ops_eyJ", form: /(?<![\w-])ops_eyJ[\w-]{200,2000}={0,3}/g },
  { hint: "sk.eyJ", form: /(?<![\w.-])sk\.eyJ[\w-]{40,200}\.[\w-]{22}(?![\w-])/g },
  { hint: "pat", form: /(?<![\w-])pat[A-Za-z0-9]{14}\.[a-f0-9]{64}(?!\w)/g },
  { hint: "bkua_", form: /(?<![\w-])bkua_[a-f0-9]{40}(?!\w)/g },
  { hint: "CCIPAT_", form: /(?<![\w-])CCIPAT_[A-Za-z0-9]{20,24}_[a-f0-9]{40}(?!\w)/g },
  { hint: "AKCp", form: /(?<![\w-])AKCp[A-Za-z0-9]{69}(?!\w)/g },
  { hint: "EZ", form: /(?<![\w-])EZ[AT]K[A-Za-z0-9]{54}(?!\w)/g },
  { hint: "FLWSECK", form: /(?<![\w-])FLWSECK(?:_TEST)?-[a-fA-F0-9]{32}-X(?!\w)/g },
  { hint: "pnu_", form: /(?<![\w-])pnu_[A-Za-z0-9]{36}(?!\w)/g, accepts: mixed },
  { hint: "xkeysib-", form: /(?<![\w-])x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}(?!\w)/g },
  { hint: "shippo_", form: /(?<![\w-])shippo_(?:live|test)_[a-f0-9]{40}(?!\w)/g },
  { hint: "CLOJARS_", form: /(?<![\w-])CLOJARS_[a-z0-9]{60}(?!\w)/gi },
  { hint: "AQVN", form: /(?<![\w-])AQVN[\w-]{35,38}(?![\w-])/g, accepts: mixed },
  { hint: "access_token$", form: /access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}(?!\w)/g },
  { hint: "tvly-", form: /(?<![\w-])tvly-(?:dev-|prod-)?[A-Za-z0-9]{30,40}(?![\w-])/g, accepts: mixed },
  { hint: "sk_", form: /(?<![\w-])sk_[a-f0-9]{48}(?!\w)/g },
  { hint: "sgp_", form: /(?<![\w-])sgp_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}(?!\w)/g },
  { hint: "pa-", form: /(?<![\w-])pa-[\w-]{43}(?![\w-])/g, accepts: mixed },
  { hint: "ico-", form: /(?<![\w-])ico-[A-Za-z0-9]{32}(?![\w-])/g, accepts: mixed },
  { hint: "X-Amz-Signature=", form: /X-Amz-Signature=([a-f0-9]{64})(?!\w)/g, group: 1 },
  {
    hint: "Private-Lines:",
    form: /Private-Lines: \d{1,3}\r?\n((?:[A-Za-z0-9+/=]{4,64}\r?\n){0,200}[A-Za-z0-9+/=]{4,64})(?![\w+/=-])/g,
    group: 1,
  },
  { hint: "AccountKey=", form: /AccountKey=([A-Za-z0-9+/]{86}==)/g, group: 1 },
  { hint: "SharedAccessKey=", form: /SharedAccessKey=([A-Za-z0-9+/]{43}=)/g, group: 1 },
  { hint: "sig=", form: /[?&]sig=([A-Za-z0-9%]{43,90}(?:%3D|=))/g, group: 1 },
  { hint: "lin_api_", form: /(?<![\w-])lin_api_[A-Za-z0-9]{40}(?!\w)/g },
  { hint: "ntn_", form: /(?<![\w-])ntn_[A-Za-z0-9]{40,50}(?!\w)/g },
  { hint: "sntrys_", form: /(?<![\w-])sntrys_[A-Za-z0-9+/=_]{60,300}/g },
  { hint: "dapi", form: /(?<![\w-])dapi[a-f0-9]{32}(?:-\d)?(?!\w)/g },
];

/** Longest private key that is looked for, characters: RSA of 16,384 bits in PEM, in JSON escapes. */
const KEY_LENGTH = 16_384;
const KEY_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y;
const KEY_END = /-----END (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_TEXT = /(?:[A-Za-z0-9+/=:,. \t\r\n-]|\\[nrt]|\\u000[aAdD]|["'+]\s)*/y;

/** Secrets known by their form. */
export const secretFormats: Detector = {
  kind: "secret",
  find(text, tell, examples) {
    for (const { hint, form, group = 0, accepts } of FORMS) {
      if (!text.includes(hint)) continue;
      each(form, text, (match) => {
        const found = match[group] ?? "";
        if (found === "" || accepts?.(found) === false || (!examples && SAMPLE.test(found))) return;
        const start = group === 0 ? match.index : match.index + match[0].lastIndexOf(found);
        tell(start, start + found.length);
      });
    }
    privateKeys(text, tell);
  },
};

/** Blocks of private keys; one whose end is missing goes as far as it reads like one. */
function privateKeys(text: string, tell: Tell): void {
  for (let at = text.indexOf("-----BEGIN "); at >= 0; ) {
    KEY_BEGIN.lastIndex = at;
    const begin = KEY_BEGIN.exec(text);
    if (begin === null) {
      at = text.indexOf("-----BEGIN ", at + 11);
      continue;
    }
    const body = at + begin[0].length;
    const next = text.indexOf("-----BEGIN ", body);
    const piece = text.slice(body, next < 0 ? body + KEY_LENGTH : Math.min(next, body + KEY_LENGTH));
    KEY_END.lastIndex = 0;
    const end = KEY_END.exec(piece);
    KEY_TEXT.lastIndex = 0;
    const stop = end === null ? (KEY_TEXT.exec(piece)?.[0] ?? "").trimEnd().length : end.index + end[0].length;
    // A marker alone, as in code that looks for one, is no key.
    if (/[A-Za-z0-9+/]{20}/.test(piece.slice(0, stop))) tell(at, body + stop);
    at = next;
  }
}
