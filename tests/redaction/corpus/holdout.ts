// The second corpus: written when the detectors were done. What it showed has changed them since.

import type { Corpus } from "./corpus.ts";
import { secret } from "./secrets.ts";
import type { Values } from "./values.ts";

/** Adds its cases. Sources are those of the values; the texts are of other kinds than in the first corpus. */
export function holdout(c: Corpus, v: Values): void {
  const forms = "as in the first corpus, other texts";
  // Mails, minutes, support threads.
  c.add(
    forms,
    "Hi team,\n\nplease onboard Anna Berg ({}), desk phone {}, start date 2026-12-01.\n\nBest,\nJ.",
    v.email(),
    v.phone(11),
  );
  c.add(forms, "> On Fri, {} wrote:\n> did you get my fax? ({})", v.email(), v.phone(2));
  c.add(forms, "会议纪要：联系人刘洋，{}，备用号码{}。", v.cnMobile(1), v.cnMobile(2));
  c.add(forms, "快递员电话：{} 放门口即可", v.cnMobile());
  c.add(forms, "亲，您的订单已发货，收件人手机{}，地址浙江省杭州市西湖区文三路138号", v.cnMobile());
  c.add(forms, "您好，我想查一下{}这个号码的话费", v.cnMobile());
  c.add(forms, "租房合同：乙方 陈晨，身份证号码为{}，电话为{}", v.cnId(), v.cnMobile());
  c.add(forms, "紧急联系人\t张敏\t{}", v.cnMobile());
  c.add(forms, "前台总机 {}，周一至周五", v.cnLandline());
  c.add(forms, "客服热线：{}（工作日9:00-18:00）", v.cnLandline(1));
  c.add(
    forms,
    "The tenant (passport {}) and the landlord (ID {}) agree.",
    { ...v.passport(0), kind: "passport" },
    v.cnId(),
  );
  c.add(forms, "Booking for Ms Chan, HKID {}, tel {}", v.hkId(), v.phone(14));
  c.add(forms, "Reach out at {} or {}, whichever is easier", v.email(), v.phone(4));
  c.add(forms, "You can text {} any time before 9pm EST", v.phone(2));
  c.add(forms, "Our UK office: {}", v.phone(4));
  c.add(forms, "Mon numéro est le {}, merci", v.phone(9));
  c.add(forms, "Bitte rufen Sie {} an", v.phone(10));
  c.add(forms, "ご連絡は{}までお願いします", v.phone(13));
  c.add(forms, "連絡先：{}", v.phone(12));
  c.add(forms, "mi móvil es {}", v.phone(18));
  c.add(forms, "Patient DOB 1980-02-11, SSN {}, admitted", v.ssn());
  c.add(forms, "W-2 for {} is attached", v.ssn());
  c.add(forms, "{} | {} | active", v.ssn(), v.email());
  c.add(forms, "NI: {} / tax code 1257L", v.nino());
  c.add(forms, "Refund to {} (BIC NWBKGB2L)", v.iban());
  c.add(forms, "Überweisung an {} bis Freitag", v.iban(1));
  c.add(forms, "SEPA mandate: {}", v.iban(1));
  c.add(forms, "请汇款到卡号{}，户名李娜", v.card());
  c.add(forms, "建设银行 {}", v.card(1));
  c.add(forms, "card on file: {} exp 01/30 cvv 123", v.card(1));
  c.add(forms, "they typed {} into the search box", v.card(2));
  c.add(forms, "公司税号是{}，请开专票", v.creditCode());
  c.add(forms, "供应商 {} 资质齐全", v.creditCode());
  c.add(forms, "El cliente con DNI {} no contesta", v.euId(0));
  c.add(forms, "NIE: {}", v.euId(1));
  c.add(forms, "Sécu : {}", v.euId(2));
  c.add(forms, "CF: {}", v.euId(3));
  c.add(forms, "Identifikationsnummer {}", v.euId(4));
  c.add(forms, "meu CPF é {}", v.nationalId(0));
  c.add(forms, "AHV-Nr. {}", v.nationalId(1));
  c.add(forms, "NRIC {} at the gate", v.nationalId(2));
  c.add(forms, "주민번호 {}", v.nationalId(3));
  c.add(forms, "台胞，身分證號 {}，{}", v.twId(), v.email());
  c.add(forms, "澳門居民身份證 {}", v.moId());
  c.add(forms, "护照: {}\n签证类型: L", v.passport(1));
  c.add(forms, "passport={}&country=CN", v.passport(2));
  // Tables, code and dumps.
  c.add(forms, "| name | mail |\n|---|---|\n| Anna | {} |\n| Li | {} |", v.email(), v.email());
  c.add(forms, "INSERT INTO customer VALUES (17, 'Li Wei', '{}', '{}', '{}');", v.cnMobile(), v.cnId(), v.email());
  c.add(forms, "user,contact,tin\nanna;{};{}", v.email(), v.euId(3));
  c.add(forms, 'db.users.find({ phone: "{}" })', v.cnMobile());
  c.add(forms, "expect(user.email).toBe('{}')", v.email());
  c.add(forms, 'curl -d \'{"to":"{}"}\' https://sms.orchard-labs.io', v.cnMobile(3));
  c.add(forms, "<contact><tel>{}</tel><mail>{}</mail></contact>", v.cnMobile(), v.email());
  c.add(forms, "BEGIN:VCARD\nFN:Anna Berg\nTEL;TYPE=CELL:{}\nEMAIL:{}\nEND:VCARD", v.phone(11), v.email());
  c.add(forms, "WARN  [billing] card={} rejected by issuer", v.card());
  c.add(forms, 'level=info msg="password reset" email={}', v.email());
  c.add(forms, "?email={}&ref=7", v.email());
  c.add(forms, "phone%3A+{}", v.cnMobile());
  c.add(forms, '[{"id":1,"idNo":"{}"},{"id":2,"idNo":"{}"}]', v.cnId(), v.cnId());
  c.add(forms, '{"beneficiary":{"iban":"{}","name":"A. Berg"}}', v.iban());
  c.add(forms, '{"ssn": "{}", "dob": "1975-05-01"}', v.ssn());
  c.add(forms, "姓名:赵强 性别:男 电话:{} 证件:{}", v.cnMobile(), v.cnId(1));
  // Secrets in other surroundings.
  const s = (value: string) => secret(value);
  c.add(forms, "ENV DATABASE_PASSWORD={}", s(v.token(18)));
  c.add(forms, "docker run -e POSTGRES_PASSWORD={} postgres:17", s(v.token(16)));
  c.add(forms, "  - name: API_TOKEN\n    value: {}", s(v.token(40)));
  c.add(forms, "spring.datasource.password={}", s(v.token(14)));
  c.add(forms, '<add key="ApiKey" value="{}" />', s(v.token(32)));
  c.add(forms, "$env:AZURE_CLIENT_SECRET = '{}'", s(v.token(40)));
  c.add(forms, "setx OPENAI_API_KEY {}", s(["sk-", "proj-", v.token(60)].join("")));
  c.add(forms, "fetch(url, { headers: { Authorization: `Bearer {}` } })", s(v.token(36)));
  c.add(forms, "http -a admin:{} GET example.com", s(v.token(14)));
  c.add(forms, "wget --password={} https://files.orchard-labs.io/a", s(v.token(14)));
  c.add(forms, "ftp://backup:{}@files.orchard-labs.io/dump", s(v.token(12)));
  c.add(forms, "jdbc:mysql://db/app?user=root&password={}", s(v.token(12)));
  c.add(forms, "jdbc:postgresql://db/app;password={};ssl=true", s(v.token(12)));
  c.add(forms, "wifi 密码 {}", s(v.token(10)));
  c.add(forms, "账号 admin 密码 {} 别忘了改", s(v.token(11)));
  c.add(forms, "用户名: root / 口令: {}", s(v.token(12)));
  c.add(forms, "my pw is {} lol", s(v.token(10)));
  c.add(forms, "pass: {}", s(v.token(12)));
  c.add(forms, "Here is the token you asked for: {}", s(v.token(40)));
  c.add(forms, "webhook secret -> {}", s(["whsec", "_", v.token(32)].join("")));
  c.add(forms, "GITHUB_TOKEN: {}", s(["gh", "o_", v.token(36)].join("")));
  c.add(forms, "remote: https://oauth2:{}@gitlab.orchard-labs.io/x.git", s(["gl", "pat-", v.token(20)].join("")));
  c.add(
    forms,
    '"private_key": "{}"',
    s(["-----BEGIN ", `PRIVATE KEY-----\\n${v.chars(64)}\\n${v.chars(64)}\\n-----END `, "PRIVATE KEY-----"].join("")),
  );
  c.add(
    forms,
    "-----BEGIN EC log starts\n{}\n",
    s(
      ["-----BEGIN EC ", `PRIVATE KEY-----\n${v.chars(64)}\n${v.chars(32)}==\n-----END EC `, "PRIVATE KEY-----"].join(
        "",
      ),
    ),
  );
  c.add(forms, "钉钉机器人加签密钥：{}", s(["SE", "C", v.hex(64)].join("")));
  c.add(forms, "阿里云 {} 和对应的 secret 已失效", s(["LT", "AI5t", v.token(20)].join("")));
  c.add(forms, "SecretId: {}", s(["AK", "ID", v.token(32)].join("")));
  c.add(
    forms,
    "企业微信机器人 https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={} 报错 93000",
    s(`${v.hex(8)}-${v.hex(4)}-4${v.hex(3)}-a${v.hex(3)}-${v.hex(12)}`),
  );
  c.add(forms, "set-cookie: connect.sid={}; HttpOnly", s(`s%3A${v.token(32)}`));
  c.add(forms, "aws configure set aws_secret_access_key {}", s(`${v.token(22)}/${v.token(17)}`));
  c.add(forms, "HUGGINGFACE: {}", s(["h", "f_", v.token(34)].join("")));
  c.add(
    forms,
    "eyes on this JWT {}",
    s(["ey", `J${v.token(20)}`, ".ey", `J${v.token(40)}`, ".", v.token(43)].join("")),
  );
  c.add(forms, "stripe.api_key = '{}'", s(["sk", "_test_", v.token(24)].join("")));

  // Nothing to be found.
  const none = [
    "The quarterly numbers: 1,204 in, 980 out, 224 left.",
    "ffmpeg -i in.mp4 -ss 00:01:23 -t 45 out.mp4",
    "kubectl get pods -n prod -o wide | grep 1/1",
    "x = np.linspace(0, 1, 13812345)",
    "CUDA error 700 at line 4539 of kernel_148.cu",
    "第15912条评论被删除",
    "版本号 13.8.1234.5678",
    "房间号1380，楼层13",
    "IPv6 is 2001:db8::1, v4 is 203.0.113.9",
    "docker.io/library/postgres@sha256:9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "refs #13912, #15012 and #18612",
    "MAC 3c:22:fb:13:81:23",
    "cron: 0 8 * * 1-5",
    "UPC 036000291452",
    "DOI 10.1038/s41586-020-2649-2",
    "arXiv:2406.13812v2",
    "RFC 9110, section 15.5.14",
    "CVE-2024-13812",
    "ticket ABC-13812345",
    "SKU 415-220-18",
    "lot 2024-1120-0815",
    "WGS84 39.9042 N 116.4074 E",
    "serial: C02XG2JHJGH5",
    "VIN WVWZZZ1JZXW000001",
    "GUID {6F9619FF-8B86-D011-B42D-00CF4FC964FF}",
    "job 1732090502-138 done",
    "13:45:01.123456 IP 10.0.0.1.138 > 10.0.0.2.53: UDP",
    "pi@raspberrypi:~ $ ls",
    "user@host:/path$ make -j8",
    "@angular/core@17.3.0",
    "foo@^1.2.3",
    "a@b",
    "matrix[13][91] = 2345678",
    "hash(123456789) % 97",
    "const PHONE_REGEX = /^\\+?[1-9]\\d{7,14}$/;",
    "validateEmail(email: string)",
    "password_hash VARCHAR(60) NOT NULL",
    "token_type: bearer, expires_in: 3600",
    "csrf_token: {{ csrf_token }}",
    "secret: !vault |",
    "API_KEY=",
    "api_key = None",
    "password = input('Password: ')",
    "if password != confirm_password:",
    "token = jwt.encode(payload, key)",
    "secretRef:\n  name: db-credentials",
    "passwords do not match",
    "忘记密码请联系管理员",
    "密码长度不能少于8位",
    "token数量超过上限",
    "请输入手机号",
    "邮箱格式不正确",
    "身份证号格式错误",
    "银行卡号不能为空",
    "联系方式见附件",
    "电话会议改到 2024-11-21 15:00",
    "手机号段 138、139、150",
    "您的验证码是 482913，5分钟内有效",
    "QQ 10001",
    "邮编 100020",
    "车次 G1381 13:45 开",
    "航班 CA1381",
    "工资 13812.34 元",
    "面积 138.12 平方米",
    "股票代码 601398",
    "基金 110022",
    "身高175体重65",
    "2024年1月1日至2024年12月31日",
    "The call lasted 1381 seconds",
    "visa application number pending",
    "he ran 13.8 km in 1:23:45",
    "temperatures 12-15-18 C",
    "page 138-139",
    "scores 6-4, 7-6, 6-2",
    "1-800-FLOWERS is a brand",
    "call 911 in an emergency",
    "the 555-01xx numbers are fiction",
    "sort code 12-34-56",
    "postcode SW1A 1AA",
    "ZIP 94105-1234",
    "EIN is on the form",
    "room AB 12 34 56 was painted",
    "chess: e2e4 e7e5 g1f3",
    "AAAAB3NzaC1yc2E is how a public key begins",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJd8q0m3 anna@laptop",
    "sha1: da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "md5 d41d8cd98f00b204e9800998ecf8427e  empty.txt",
    "x-request-id: 5f2b8c1d9e4a",
    'W/"13812-19a2b3c4d5e"',
    "AWS region us-east-1, account alias orchard",
    "arn:aws:iam::123456789012:role/deploy",
    "s3://bucket/13812345678/key",
    "gs://bucket/token/v2",
  ];
  for (const text of none) c.none("written for this corpus", text);
}
