// The third corpus: written last, after every change to the detectors. Nothing was changed by what it shows.

import type { Corpus } from "./corpus.ts";
import { SECRET_FORMS, secret } from "./secrets.ts";
import type { Values } from "./values.ts";

/** Adds its cases. Forms have the sources of the first corpus; the texts are of other kinds again. */
export function unseen(c: Corpus, v: Values): void {
  const forms = "as in the first corpus, other texts";
  const s = secret;
  // Meetings, medicine, travel, school, shops.
  c.add(forms, "Minutes 14 Nov. Present: A. Berg ({}), J. Ortega ({}).", v.email(), v.email());
  c.add(forms, "RSVP to {} by Monday; parking is free", v.email());
  c.add(forms, "The patient's daughter can be reached under {}.", v.phone(11));
  c.add(forms, "Delivery failed twice, driver tried {} and {}", v.phone(2), v.phone(3));
  c.add(forms, "Lost cat! Ring {} if you see him", v.phone(6));
  c.add(forms, "Taxi booked, driver {}", v.phone(16));
  c.add(forms, "handy: {}", v.phone(11));
  c.add(forms, "office line {} ext 42", v.phone(1));
  c.add(forms, "Pls whatsapp me {}", v.phone(20));
  c.add(forms, "Numéro de portable {}", v.phone(8));
  c.add(forms, "家长姓名：周婷，联系方式：{}，孩子身份证：{}", v.cnMobile(), v.cnId());
  c.add(forms, "挂号成功，就诊人{}，手机尾号将收到短信，完整号码{}", v.cnId(), v.cnMobile());
  c.add(forms, "司机师傅 {} 沪A牌照", v.cnMobile(1));
  c.add(forms, "闲鱼买家说加他v：{}", v.cnMobile());
  c.add(forms, "外卖备注：到了打{}，别敲门", v.cnMobile());
  c.add(forms, "HR：请候选人把简历发到{}，或致电{}", v.email(), v.cnLandline());
  c.add(forms, "乘机人：LI/WEI 护照号 {}", v.passport(0));
  c.add(forms, "签证申请表 passport no: {}", v.passport(1));
  c.add(forms, "登机：证件 {}", v.cnId());
  c.add(forms, "学籍系统：{}，张同学", v.cnId());
  c.add(forms, "发票：购方税号 {} 金额 1,200.00", v.creditCode());
  c.add(forms, "经营者：蓝海公司 {}", v.creditCode());
  c.add(forms, "借记卡 {} 余额不足", v.card());
  c.add(forms, "工资卡（招行）{}", v.card(1));
  c.add(forms, "Kartennummer {}", v.card(1));
  c.add(forms, "I read my card number to them: {}", v.card(2));
  c.add(forms, "Zahlungsziel 14 Tage, {}", v.iban(1));
  c.add(forms, "rekening {}", v.iban());
  c.add(forms, "Wire {} ref 2026-11", v.iban());
  c.add(forms, "New hire {}, I-9 pending", v.ssn());
  c.add(forms, "last name Berg, {}, Ohio", v.ssn());
  c.add(forms, "P60 for {} attached", v.nino());
  c.add(forms, "titular: {}", v.euId(0));
  c.add(forms, "residente {}", v.euId(1));
  c.add(forms, "bénéficiaire {}", v.euId(2));
  c.add(forms, "contribuente {}", v.euId(3));
  c.add(forms, "Steueridentifikationsnummer: {}", v.euId(4));
  c.add(forms, "titular do cartão {}", v.nationalId(0));
  c.add(forms, "Versichertennummer {}", v.nationalId(1));
  c.add(forms, "work permit of {}", v.nationalId(2));
  c.add(forms, "환자 {}", v.nationalId(3));
  c.add(forms, "租客 {} 已簽約", v.hkId());
  c.add(forms, "健保卡 {}", v.twId());
  c.add(forms, "葡京职员 {}", v.moId());
  // Machines.
  c.add(forms, "<user mail='{}'/>", v.email());
  c.add(forms, "SMTP RCPT TO:<{}> 250 OK", v.email());
  c.add(forms, 'From: "Berg, Anna" <{}>\nTo: <{}>', v.email(), v.email());
  c.add(forms, 'maintainer="{}"', v.email());
  c.add(forms, "* @team {}", v.email());
  c.add(forms, "{'mobile': '{}', 'uid': 17}", v.cnMobile());
  c.add(forms, "UPDATE users SET phone='{}' WHERE id=9", v.cnMobile());
  c.add(forms, "phone_number={}&otp=1", v.cnMobile());
  c.add(forms, "sip:{}@pbx", v.cnMobile());
  c.add(forms, "tel\t{}\nmail\t{}", v.cnLandline(), v.email());
  c.add(forms, 'payload={"pan":"{}","exp":"0929"}', v.card());
  c.add(forms, "acct;{};EUR", v.iban());
  c.add(forms, "row 7: {} | {} | {}", v.cnId(), v.cnMobile(), v.email());
  c.add(forms, "idcard -> {}", v.cnId(1));
  // Secrets.
  for (const [i, form] of SECRET_FORMS.filter((_, at) => at % 3 === 1).entries()) {
    const around = ["why is {} rejected?", "{}", 'X_KEY="{}"', "泄露了：{}", "old: none\nnew: {}", "(see {})"];
    c.add(form.source, around[i % around.length] as string, s(form.draw(v)));
  }
  c.add(forms, "MYSQL_ROOT_PASSWORD: {}", s(v.token(16)));
  c.add(forms, "ARG NPM_TOKEN={}", s(v.token(36)));
  c.add(forms, "TF_VAR_db_password={}", s(v.token(20)));
  c.add(forms, "[smtp]\nuser=x\npass={}", s(v.token(14)));
  c.add(forms, "encryption_key: '{}'", s(v.hex(64)));
  c.add(forms, "hmac secret = {}", s(v.hex(40)));
  c.add(forms, "sudo echo 'postgres:{}' | chpasswd", s(v.token(14)));
  c.add(forms, "New password for root: {}", s(v.token(12)));
  c.add(forms, "temp password {} expires tomorrow", s(v.token(14)));
  c.add(forms, "数据库口令 {}", s(v.token(14)));
  c.add(forms, "后台密码改成了{}", s(v.token(12)));
  c.add(forms, '"accessKeyId":"{}"', s(["LT", "AI5t", v.token(20)].join("")));
  c.add(forms, "proxy: http://user:{}@proxy.orchard-labs.io:3128", s(v.token(12)));
  c.add(forms, "ldap://cn=admin:{}@ldap.orchard-labs.io", s(v.token(14)));
  c.add(forms, 'psql "host=db user=app password={}"', s(v.token(14)));
  c.add(forms, "Authorization: token {}", s(v.hex(40)));
  c.add(forms, '"Authorization": "Basic {}"', s(Buffer.from(`svc:${v.token(16)}`).toString("base64")));
  c.add(forms, "PRIVATE-TOKEN: {}", s(["gl", "pat-", v.token(20)].join("")));
  c.add(forms, "sentry dsn secret {}", s(v.hex(32)));
  c.add(forms, "{{ secret }} resolved to {}", s(v.token(32)));

  const none = [
    "Sprint 138: 12 done, 34 open, 56 in review",
    "See page 4 of RFC 8259",
    "temperature=0.7 top_p=0.95 top_k=40",
    "loss: 0.13812345678 step 15000",
    "GPU 0: 81920MiB / 12345MiB",
    "epoch 13/91 [====>] 1234/5678",
    "sed -i 's/13812345678//g'".replace("13812345678", "phone"),
    "tar xzf backup-20241120-138123.tgz",
    "mysql> select count(*) from t; 13812345",
    "ps aux | grep 15912",
    "SHA512 (a) = cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    "uuid.UUID('12345678-1234-5678-1234-567812345678')",
    'ObjectId("507f1f77bcf86cd799439011")',
    "ulid 01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "k8s pod web-7d4b9c8f6-x2x9q",
    "nanoid V1StGXR8_Z5jdHi6B-myT",
    "etcd revision 13812345",
    "0xDEADBEEFCAFEBABE0123456789ABCDEF",
    "#ff8800 #138139",
    "U+1F680 U+4E2D",
    "\\u0041\\u0042",
    "%E4%BD%A0%E5%A5%BD",
    "base64: SGVsbG8gV29ybGQhIFRoaXMgaXMgYSB0ZXN0",
    "data:font/woff2;base64,d09GMgABAAAAAAPcAA4AAAAAB9gAAAOKAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "password: required|min:8|confirmed",
    "label: 'Password'",
    "token.expires_at < now()",
    "headers['Authorization'] = f'Bearer {token}'",
    "getSecret('db-password')",
    "secretsmanager.get_secret_value(SecretId=name)",
    "process.env.SECRET_KEY!",
    "credentials: 'include'",
    "passwordPolicy: { minLength: 12, requireDigits: true }",
    "tokens_per_minute: 400000",
    "access_token_lifetime = timedelta(minutes=60)",
    "the api key is stored in vault",
    "your password is too weak",
    "The secret is to start early",
    "auth=None, key=lambda x: x[1]",
    "PASSWORD_RESET_TIMEOUT = 259200",
    "api_key = config['api_key']",
    "SECRET_KEY_BASE is not set",
    "rotate keys every 90 days",
    "email: ''",
    "mail server at mx1 is down",
    "name@",
    "@everyone look",
    "cc: @anna",
    "pip install git+ssh://git@github.com/org/repo.git@v1.2.3",
    "docker pull ghcr.io/org/app@sha256:9f8e",
    "foo@1.0.0 bar@2.0.0-beta.1",
    "actions/checkout@v4",
    "postcss@8.4.38 (peer)",
    "10 @ 5.00 each",
    '<a href="mailto:">',
    "user AT domain DOT com",
    "电话号码应为11位",
    "座机请加区号",
    "请填写统一社会信用代码",
    "卡号后四位 1381",
    "尾号 5678 的银行卡",
    "身份证后六位作为初始密码",
    "订单编号 2024112013812345678",
    "合同编号 HT-2024-138-1234",
    "工号 138139",
    "学号 2021110138",
    "座位 13排91号",
    "成绩 138 分",
    "比分 13:9",
    "距离 1381 公里",
    "2026年11月20日星期五",
    "编码 GB18030",
    "GB/T 2260-2007",
    "第十三届",
    "金额合计 ¥18,612,345.67",
    "容量 15.9GB",
    "flight time 13h 45m",
    "a 4-4-2 formation",
    "45 39 14 88 lottery",
    "numbers 4, 8, 15, 16, 23, 42",
    "the 1986-1991 series",
    "from 020 to 079",
    "Route 66, mile 1381",
    "+50% and -20%",
    "±0.0001",
    "(123) apples",
    "(a) 123 (b) 456 (c) 7890",
    "11-11-2024 to 12-12-2024",
    "04/11/2026 14:30",
    "1:100000 scale",
    "6'2\" and 180 lbs",
    "H2O2 3% 500 ml",
    "ATGCATGCATGCATGC",
    "AB123CD plate",
    "E405 and E330",
    "EA888 engine",
    "P0420 code",
    "C4 Picasso",
    "G20 summit",
    "S500 and T800",
    "CF-18 Hornet",
    "X5 and Z4",
  ];
  for (const text of none) c.none("written for this corpus", text);
}
