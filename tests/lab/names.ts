// Who lives where in the lab's internet.

/** Addresses of the healthy world's servers. */
export const ADDRESSES = {
  api: ["160.79.104.10", "2607:6bc0::10"],
  platform: ["160.79.104.11", "2607:6bc0::11"],
  example: ["203.0.113.10", "2001:db8:113::10"],
  public: ["203.0.113.20", "2001:db8:113::20"],
  bedrock: ["203.0.113.40"],
  vertex: ["203.0.113.50"],
  foundry: ["203.0.113.60"],
  /** Where a certificate says its issuer's certificate can be fetched, plain HTTP. */
  issuers: ["203.0.113.70"],
} as const;

/** Client, router and servers on the two links. */
export const LINKS = {
  client: ["10.77.1.2", "fd77:1::2"],
  router: ["10.77.1.1", "fd77:1::1"],
  outside: ["10.77.2.1", "fd77:2::1"],
  servers: ["10.77.2.2", "fd77:2::2"],
} as const;

const AT: { readonly [who in keyof typeof ADDRESSES]: readonly string[] } = {
  api: ["api.anthropic.com"],
  platform: [
    "platform.claude.com",
    "claude.ai",
    "claude.com",
    "downloads.claude.ai",
    "mcp-proxy.anthropic.com",
    "console.anthropic.com",
    "*.frame.claudeusercontent.com",
  ],
  example: ["www.example.com", "example.com"],
  public: [
    "raw.githubusercontent.com",
    "registry.npmjs.org",
    "status.claude.com",
    "status.anthropic.com",
    "http-intake.logs.us5.datadoghq.com",
    "browser-intake-us5-datadoghq.com",
    "pypi.org",
    "github.com",
  ],
  bedrock: [
    "*.us-east-1.amazonaws.com",
    "*.us-west-2.amazonaws.com",
    "*.eu-central-1.amazonaws.com",
    "*.ap-northeast-1.amazonaws.com",
  ],
  vertex: ["*.googleapis.com"],
  foundry: ["*.services.ai.azure.com", "*.openai.azure.com"],
  issuers: ["i.pki.labtrust.example"],
};

/** Names that scenarios may give to servers of their own; the good certificates hold them too. */
export const SPARE_NAMES = ["*.corp.example", "*.relay.example", "*.lab.example", "localhost"] as const;

/** What the healthy resolver answers: a name, or `*.` and the end of one, to its addresses. */
export function healthyAnswers(): { [name: string]: string[] } {
  const answers: { [name: string]: string[] } = {};
  for (const [who, names] of Object.entries(AT))
    for (const name of names) answers[name] = [...ADDRESSES[who as keyof typeof ADDRESSES]];
  return answers;
}

/** Every name of a good certificate. */
export function certifiedNames(): string[] {
  return [...Object.values(AT).flat(), ...SPARE_NAMES];
}
