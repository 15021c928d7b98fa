// Secrets of the corpus: each provider's form with drawn characters. Prefixes are joined here, so that no file holds one whole.

import type { Value, Values } from "./values.ts";

const j = (...parts: readonly string[]) => parts.join("");
const uuid = (v: Values) => `${v.hex(8)}-${v.hex(4)}-4${v.hex(3)}-a${v.hex(3)}-${v.hex(12)}`;
const b64url = (v: Values, length: number) => v.chars(length - 3) + "_-9";

/** A form of secret: where it is described, and how one is drawn. */
export interface SecretForm {
  readonly name: string;
  readonly source: string;
  draw(v: Values): string;
}

const GITHUB = "docs.github.com, Supported secret scanning patterns";

/** Secrets that are known by their form. */
export const SECRET_FORMS: readonly SecretForm[] = [
  {
    name: "anthropic",
    source: "docs.anthropic.com, API keys",
    draw: (v) => j("sk-", "ant-", "api03-", b64url(v, 93), "AA"),
  },
  {
    name: "anthropic admin",
    source: "docs.anthropic.com, Admin API",
    draw: (v) => j("sk-", "ant-", "admin01-", b64url(v, 90)),
  },
  {
    name: "openai project",
    source: "platform.openai.com, API keys",
    draw: (v) => j("sk-", "proj-", v.token(40), "T3Blbk", "FJ", v.token(40)),
  },
  {
    name: "openai",
    source: "platform.openai.com, API keys",
    draw: (v) => j("sk-", v.token(20), "T3Blbk", "FJ", v.token(20)),
  },
  { name: "deepseek", source: "api-docs.deepseek.com", draw: (v) => j("sk-", v.hex(32)) },
  { name: "aws id", source: "docs.aws.amazon.com, IAM identifiers", draw: (v) => j("AK", "IA", v.base32(16)) },
  {
    name: "aws temporary id",
    source: "docs.aws.amazon.com, IAM identifiers",
    draw: (v) => j("AS", "IA", v.base32(16)),
  },
  { name: "google api", source: GITHUB, draw: (v) => j("AI", "za", v.token(35)) },
  { name: "google oauth", source: GITHUB, draw: (v) => j("GOC", "SPX-", v.token(28)) },
  { name: "github", source: GITHUB, draw: (v) => j("gh", "p_", v.token(36)) },
  { name: "github server", source: GITHUB, draw: (v) => j("gh", "s_", v.token(36)) },
  { name: "github fine", source: GITHUB, draw: (v) => j("github", "_pat_", v.token(22), "_", v.token(59)) },
  { name: "gitlab", source: "docs.gitlab.com, Token prefixes", draw: (v) => j("gl", "pat-", v.token(20)) },
  { name: "npm", source: GITHUB, draw: (v) => j("np", "m_", v.token(36)) },
  { name: "stripe live", source: "docs.stripe.com, API keys", draw: (v) => j("sk", "_live_", v.token(24)) },
  { name: "stripe restricted", source: "docs.stripe.com, API keys", draw: (v) => j("rk", "_live_", v.token(40)) },
  { name: "sendgrid", source: GITHUB, draw: (v) => j("S", "G.", v.token(22), ".", v.token(43)) },
  { name: "hugging face", source: GITHUB, draw: (v) => j("h", "f_", v.token(34)) },
  { name: "groq", source: GITHUB, draw: (v) => j("gs", "k_", v.token(52)) },
  { name: "digitalocean", source: GITHUB, draw: (v) => j("dop", "_v1_", v.hex(64)) },
  { name: "vault", source: "developer.hashicorp.com, Vault tokens", draw: (v) => j("hv", "s.", v.token(95)) },
  { name: "shopify", source: GITHUB, draw: (v) => j("shp", "at_", v.hex(32)) },
  {
    name: "slack bot",
    source: "api.slack.com, Token types",
    draw: (v) => j("xo", "xb-", v.digits(12), "-", v.digits(12), "-", v.token(24)),
  },
  {
    name: "slack app",
    source: "api.slack.com, Token types",
    draw: (v) => j("xa", "pp-1-A0", v.base32(9), "-", v.digits(13), "-", v.hex(64)),
  },
  { name: "telegram", source: "core.telegram.org/bots", draw: (v) => j("7", v.digits(9), ":A", "A", v.token(33)) },
  { name: "aliyun", source: "help.aliyun.com, AccessKey", draw: (v) => j("LT", "AI5t", v.token(20)) },
  { name: "tencent", source: "cloud.tencent.com, CAM", draw: (v) => j("AK", "ID", v.token(32)) },
  { name: "volcengine", source: "volcengine.com, AccessKey", draw: (v) => j("AK", "LT", v.token(44)) },
  { name: "dingtalk", source: "open.dingtalk.com, custom robots", draw: (v) => j("SE", "C", v.hex(64)) },
  { name: "linear", source: GITHUB, draw: (v) => j("lin", "_api_", v.token(40)) },
  { name: "databricks", source: GITHUB, draw: (v) => j("da", "pi", v.hex(32)) },
  {
    name: "jwt",
    source: "RFC 7519",
    draw: (v) => j("ey", `J${v.token(33)}`, ".ey", `J${v.token(60)}`, ".", b64url(v, 43)),
  },
  {
    name: "private key",
    source: "RFC 7468",
    draw: (v) =>
      j("-----BEGIN ", "PRIVATE KEY-----\n", v.chars(64), "\n", v.chars(64), "\n-----END ", "PRIVATE KEY-----"),
  },
  {
    name: "rsa key",
    source: "RFC 8017",
    draw: (v) =>
      j(
        "-----BEGIN RSA ",
        "PRIVATE KEY-----\n",
        v.chars(64),
        "\n",
        v.chars(40),
        "==\n-----END RSA ",
        "PRIVATE KEY-----",
      ),
  },
  {
    name: "openssh key",
    source: "PROTOCOL.key of OpenSSH",
    draw: (v) =>
      j(
        "-----BEGIN OPENSSH ",
        "PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE",
        v.chars(60),
        "\n-----END OPENSSH ",
        "PRIVATE KEY-----",
      ),
  },
];

/** Secrets known by where they stand: the text with a place for the secret, and how it is drawn. */
export const SECRET_PLACES: ReadonlyArray<readonly [source: string, template: string, draw: (v: Values) => string]> = [
  ["12factor.net, config", "DB_PASSWORD={}", (v) => v.token(14)],
  ["12factor.net, config", "export API_SECRET='{}'", (v) => v.token(32)],
  ["12factor.net, config", "SECRET_KEY={}\nDEBUG=false", (v) => v.hex(40)],
  ["12factor.net, config", 'JWT_SECRET="{}"', (v) => v.token(48)],
  [
    "docs.aws.amazon.com, credentials file",
    "[default]\naws_secret_access_key = {}",
    (v) => `${v.token(20)}/${v.token(19)}`,
  ],
  ["docs.aws.amazon.com, environment", "export AWS_SECRET_ACCESS_KEY={}", (v) => `${v.token(21)}+${v.token(18)}`],
  ["RFC 6750", "Authorization: Bearer {}", (v) => v.token(40)],
  ["RFC 6750", "curl -H 'Authorization: Bearer {}' https://api.orchard-labs.io/v1/me", (v) => v.token(32)],
  ["RFC 7617", "Authorization: Basic {}", (v) => Buffer.from(`admin:${v.token(14)}`).toString("base64")],
  ["docs.anthropic.com, headers", 'headers: { "x-api-key": "{}" }', (v) => v.token(36)],
  [
    "postgresql.org, connection URIs",
    "DATABASE_URL=postgres://app:{}@db.orchard-labs.io:5432/main",
    (v) => v.token(16),
  ],
  ["redis.io, URIs", "redis://:{}@cache.orchard-labs.io:6379/0", (v) => v.token(20)],
  ["mongodb.com, connection strings", "mongodb+srv://svc:{}@cluster0.orchard-labs.io/prod", (v) => v.token(18)],
  ["rabbitmq.com, URI", "amqp://worker:{}@mq.orchard-labs.io/", (v) => v.token(12)],
  ["mysql.com, connection strings", "Server=db;Database=app;Uid=root;Pwd={};", (v) => v.token(12)],
  [
    "learn.microsoft.com, SQL Server",
    "Server=tcp:x.database.windows.net;User ID=app;Password={};Encrypt=true",
    (v) => v.token(16),
  ],
  [
    "learn.microsoft.com, Azure Storage",
    "DefaultEndpointsProtocol=https;AccountName=orch;AccountKey={};EndpointSuffix=core.windows.net",
    (v) => `${v.token(86)}==`,
  ],
  ["open.feishu.cn, custom bots", "https://open.feishu.cn/open-apis/bot/v2/hook/{}", uuid],
  ["open.larksuite.com, custom bots", "url: https://open.larksuite.com/open-apis/bot/v2/hook/{}", uuid],
  ["open.dingtalk.com, custom robots", "https://oapi.dingtalk.com/robot/send?access_token={}", (v) => v.hex(64)],
  ["developer.work.weixin.qq.com, group robots", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={}", uuid],
  [
    "api.slack.com, incoming webhooks",
    "https://hooks.slack.com/services/{}",
    (v) => `T0${v.base32(8)}/B0${v.base32(8)}/${v.token(24)}`,
  ],
  ["discord.com, webhooks", "https://discord.com/api/webhooks/{}", (v) => `${v.digits(18)}/${v.token(68)}`],
  ["kubernetes.io, secrets", 'password: "{}"', (v) => v.token(16)],
  ["json in practice", '{"user": "svc", "password": "{}"}', (v) => v.token(14)],
  ["json in practice", '{"client_id": "web", "client_secret": "{}"}', (v) => v.token(40)],
  ["yaml in practice", "smtp:\n  host: smtp.orchard-labs.io\n  password: {}", (v) => `${v.token(12)}!`],
  ["code in practice", 'const apiKey = "{}";', (v) => v.token(32)],
  ["code in practice", "auth_token = '{}'", (v) => v.hex(32)],
  ["chat in practice", "the root password is {} please rotate it", (v) => v.token(12)],
  ["chat in practice", "服务器密码是 {} ，不要外传", (v) => v.token(12)],
  ["chat in practice", "登录密码：{}", (v) => v.token(10)],
  ["mysql.com, command line", "mysql -h db -u root -p{} app < dump.sql", (v) => v.token(12)],
  ["curl.se, -u", "curl -u deploy:{} https://repo.orchard-labs.io/x.jar", (v) => v.token(20)],
  ["docs.docker.com, login", "docker login -u ci --password {} registry.orchard-labs.io", (v) => v.token(18)],
  ["RFC 6265", "Cookie: theme=dark; session={}", (v) => v.token(43)],
  ["docs.npmjs.com, .npmrc", "//registry.orchard-labs.io/:_authToken={}", (v) => uuid(v)],
  ["help.aliyun.com, AccessKey", "accessKeySecret: {}", (v) => v.token(30)],
  ["cloud.tencent.com, CAM", 'SecretKey = "{}"', (v) => v.token(32)],
];

/** A secret as a value. */
export function secret(value: string): Value {
  return { kind: "secret", value };
}
