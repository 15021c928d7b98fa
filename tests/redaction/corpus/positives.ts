// Texts of the corpus in which something is to be found: chats, code, logs, tables and JSON, in English and Chinese.

import type { Corpus } from "./corpus.ts";
import { SECRET_FORMS, SECRET_PLACES, secret } from "./secrets.ts";
import type { Value, Values } from "./values.ts";

/** Sentences for one kind of value; `{}` is its place. */
interface Set {
  readonly source: string;
  readonly draw: (form: number) => Value;
  readonly forms: number;
  readonly templates: readonly string[];
}

const SECRET_AROUND = [
  "my key is {} and it does not work",
  "token: {}",
  "请看一下这个密钥 {} 有没有问题",
  'config.set("key", "{}")',
  "2026-11-20T08:15:02Z ERROR auth failed for {}",
];

/** Adds them. */
export function positives(c: Corpus, v: Values): void {
  for (const [i, form] of SECRET_FORMS.entries()) {
    for (const k of [i, i + 2])
      c.add(form.source, SECRET_AROUND[k % SECRET_AROUND.length] as string, secret(form.draw(v)));
  }
  for (const [source, template, draw] of SECRET_PLACES) c.add(source, template, secret(draw(v)));

  for (const set of sets(v)) {
    set.templates.forEach((template, i) => {
      const times = set.templates.length < 12 ? 2 : 1;
      for (let k = 0; k < times; k++) c.add(set.source, template, set.draw((i + k * 3) % set.forms));
    });
  }
  several(c, v);
}

function sets(v: Values): readonly Set[] {
  return [
    {
      source: "RFC 5321, RFC 5322",
      draw: () => v.email(),
      forms: 1,
      templates: [
        "Please write to {} before Friday.",
        "我的邮箱是{}，请查收。",
        "Reply-To: {}",
        '{"email":"{}","active":true}',
        "author = <{}>",
        "联系人：王芳（{}）",
        "2026-11-20 08:15:02 INFO login ok user={} ip=10.0.0.3",
        "INSERT INTO users (mail) VALUES ('{}');",
        "id,name,mail\n7,Anna,{}",
        "mailto:{}?subject=hi",
        "git config user.email {}",
        "cc {}; thanks",
        "从{}发来的邮件打不开",
        "Signed-off-by: A. Berg <{}>",
        "const to = `{}`;",
        "Contact:{}.",
      ],
    },
    {
      source: "MIIT numbering plan, mobile",
      draw: (form) => v.cnMobile(form),
      forms: 6,
      templates: [
        "我的手机号是{}",
        "打{}找李工",
        "手机：{}，微信同号",
        "call me on {} tonight",
        '{"mobile":"{}"}',
        "收件人 王芳 {} 上海市浦东新区",
        "2026-11-20 08:15:02 INFO sms sent to {}",
        "name,phone,city\n张三,{},杭州",
        "联系电话{}（周先生）",
        "tel:{}",
        "Contact {} for details.",
        "请加微信{}谢谢",
        "用户 {} 已注册",
        "客户：陈静 {}",
      ],
    },
    {
      source: "MIIT numbering plan, area codes",
      draw: (form) => v.cnLandline(form),
      forms: 4,
      templates: [
        "公司电话：{}",
        "传真{}，请注明收件人",
        "Office: {} (Beijing)",
        "座机 {} 转 总机",
        "总部联系电话 {}。",
        '{"fax":"{}"}',
      ],
    },
    {
      source: "ITU-T E.164 and national regulators",
      draw: (form) => v.phone(form),
      forms: 23,
      templates: [
        "Call {} after six.",
        "phone: {}",
        "Tel. {}",
        "My number is {}, text me.",
        '{"phone":"{}"}',
        "Reach the desk at {}.",
        "name,phone,team\nAnna,{},ops",
        "WhatsApp {}",
        "Mobile {} (Anna)",
        "2026-11-20 08:15:02 WARN call to {} dropped",
        "fax {} / office",
        "Téléphone : {}",
        "Teléfono: {}",
        "Telefon: {}",
        "Emergency contact: {}",
        "ring {} please",
        "the customer's phone is {}",
        "dial {} now",
        "SMS to {} failed",
        "her cell: {}",
        "电话 {}",
        "联系方式：{}",
        "contact number {}",
        "Tel: {}",
        "phone {} or mail",
        "mobile: {}",
        "phone no. {}",
        "Please call {}",
        "Fax: {}",
        "hotline {}",
      ],
    },
    {
      source: "GB 11643-1999",
      draw: (form) => v.cnId(form),
      forms: 4,
      templates: [
        "身份证号：{}",
        "本人身份证{}，申请办理",
        "ID card number {} was rejected",
        '{"idCard":"{}"}',
        "姓名,身份证,城市\n张三,{},北京",
        "请核验 {} 是否有效",
        "证件号码 {}",
        "2026-11-20 08:15:02 INFO kyc ok {}",
        "甲方（身份证号 {}）",
        "const id = '{}';",
      ],
    },
    {
      source: "GB 32100-2015",
      draw: () => v.creditCode(),
      forms: 1,
      templates: [
        "统一社会信用代码：{}",
        "发票抬头 上海蓝海科技有限公司 税号{}",
        "USCC {} belongs to the supplier",
        '{"creditCode":"{}"}',
        "公司,代码,城市\n蓝海,{},上海",
        "纳税人识别号 {}",
        "代码 {} 已注销",
        "company code: {}",
      ],
    },
    {
      source: "Hong Kong Immigration Department, HKIC",
      draw: (form) => v.hkId(form % 1),
      forms: 2,
      templates: [
        "HKID {}",
        "香港身份证 {}",
        "My Hong Kong ID is {}",
        "身份證號碼：{}",
        '{"hkid":"{}"}',
        "name,id,city\nChan,{},HK",
      ],
    },
    {
      source: "Hong Kong Immigration Department, HKIC",
      draw: () => v.hkId(1),
      forms: 1,
      templates: ["HKID: {}", "香港身份证号 {}"],
    },
    {
      source: "Ministry of the Interior, Taiwan",
      draw: () => v.twId(),
      forms: 1,
      templates: [
        "身分證字號：{}",
        "台灣身分證 {}",
        "ROC ID {}",
        '{"twId":"{}"}',
        "姓名,身分證,城市\n林,{},台北",
        "The applicant ({}) signed.",
      ],
    },
    {
      source: "DSI Macao, BIR",
      draw: () => v.moId(),
      forms: 1,
      templates: ["澳门身份证 {}", "BIR {}", "Macau ID: {}", "证件：{}"],
    },
    {
      source: "ICAO 9303; National Immigration Administration",
      draw: (form) => v.passport(form),
      forms: 5,
      templates: [
        "Passport number: {}",
        "护照号码：{}",
        "passport no. {}",
        "my passport is {}",
        "护照 {} 已过期",
        '{"passport":"{}"}',
        "Reisepass Nr. {}",
        "Passport: {} (expires 2031)",
      ],
    },
    {
      source: "SSA POMS RM 10201",
      draw: () => v.ssn(),
      forms: 1,
      templates: [
        "SSN: {}",
        "social security number {}",
        "My SSN is {}.",
        '{"ssn":"{}"}',
        "name,ssn,state\nAnna,{},NY",
        "The applicant's number is {}",
        "tax form for {}",
        "Employee {} left in May",
      ],
    },
    {
      source: "HMRC NIM39110",
      draw: (form) => v.nino(form % 2),
      forms: 2,
      templates: [
        "NI number {}",
        "National Insurance: {}",
        '{"nino":"{}"}',
        "Payroll ref {} (HMRC)",
        "her NINO is {}",
        "name,ni,city\nAnna,{},Leeds",
      ],
    },
    {
      source: "Interior ministry (ES), INSEE (FR), Agenzia delle Entrate (IT), BZSt (DE)",
      draw: (form) => v.euId(form),
      forms: 5,
      templates: [
        "DNI/NIE o equivalente: {}",
        "documento {}",
        "Numéro / codice: {}",
        "id of the customer: {}",
        "Steuer-ID: {}",
        "Codice fiscale {}",
        '{"taxId":"{}"}',
        "numéro de sécurité sociale {}",
        "name,tax id,city\nAnna,{},Roma",
        "Kunde {}",
      ],
    },
    {
      source: "Receita Federal (BR), SSO (CH), ICA (SG), MOIS (KR)",
      draw: (form) => v.nationalId(form),
      forms: 4,
      templates: [
        "CPF/AHV/NRIC: {}",
        "national id {}",
        '{"nationalId":"{}"}',
        "주민등록번호 또는 ID {}",
        "the person with {} called",
        "name,id,city\nAna,{},Rio",
        "Ausweis: {}",
        "registered as {}",
      ],
    },
    {
      source: "ISO 13616, SWIFT IBAN Registry",
      draw: (form) => v.iban(form % 2),
      forms: 2,
      templates: [
        "IBAN {}",
        "Please transfer to {} today.",
        '{"iban":"{}"}',
        "Konto: {}",
        "name,iban,bank\nAnna,{},Nord",
        "bank account {} is closed",
        "2026-11-20 08:15:02 INFO payout to {}",
        "付款至 {}",
      ],
    },
    {
      source: "ISO/IEC 7812; networks' issuer ranges",
      draw: (form) => v.card(form % 3),
      forms: 3,
      templates: [
        "card {} exp 09/29",
        "银行卡号：{}",
        "My Visa is {}",
        '{"card":"{}"}',
        "name,card,exp\nAnna,{},09/29",
        "charge {} again",
        "卡号 {} 开户行 招商银行",
        "2026-11-20 08:15:02 ERROR declined {}",
        "pay with {}",
        "信用卡{}已冻结",
      ],
    },
  ];
}

/** Texts with several kinds at once, as they come in practice. */
function several(c: Corpus, v: Values): void {
  const source = "forms as in the cases above, together";
  for (let i = 0; i < 5; i++) {
    c.add(source, "Ticket from {}:\n> my card {} was charged twice, call {}", v.email(), v.card(1), v.phone(2));
    c.add(source, "客户信息：张三，手机{}，身份证{}，邮箱{}", v.cnMobile(), v.cnId(), v.email());
    c.add(source, '{"user":{"mail":"{}","phone":"{}"},"note":"see {}"}', v.email(), v.cnMobile(3), v.iban());
    c.add(source, "id,name,mail,phone\n1,Anna,{},{}\n2,Li,{},{}", v.email(), v.phone(0), v.email(), v.cnMobile());
    c.add(
      source,
      "DATABASE_URL=postgres://app:{}@db.orchard-labs.io/x\nADMIN={}\nTOKEN={}",
      secret(v.token(16)),
      v.email(),
      secret(v.hex(40)),
    );
    c.add(
      source,
      "2026-11-20T08:15:02Z INFO user={} phone={} request=7f3a9c21-55d0-4e1b-9a77-0c1d2e3f4a5b took=12ms",
      v.email(),
      v.cnMobile(),
    );
    c.add(source, "开票：{}，税号{}，电话{}", v.email(), v.creditCode(), v.cnLandline());
  }
}
