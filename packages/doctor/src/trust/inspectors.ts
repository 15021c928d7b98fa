// Makers of products that look into TLS connections, told by the names in the certificates that they make up.

/** A maker and what its issuers are called. `what` decides the advice: a tool of the user's own is switched off by the user. */
export interface Inspector {
  readonly name: string;
  readonly what: "company" | "antivirus" | "debugger" | "parental";
  readonly pattern: RegExp;
}

/**
 * Matched against the issuer's distinguished name, one attribute a line (`O=Zscaler Inc.`). From the vendors' own
 * documentation of their default CAs, and from Tailscale's list (health/blockblame in github.com/tailscale/tailscale).
 */
export const INSPECTORS: readonly Inspector[] = [
  { name: "Zscaler", what: "company", pattern: /zscaler/i },
  { name: "Netskope", what: "company", pattern: /netskope|goskope/i },
  { name: "Symantec (Blue Coat)", what: "company", pattern: /blue ?coat|symantec (?:web|ssl)|proxysg|cloud ?soc/i },
  { name: "Forcepoint", what: "company", pattern: /forcepoint|websense/i },
  { name: "Check Point", what: "company", pattern: /check ?point/i },
  { name: "Fortinet", what: "company", pattern: /fortinet|fortigate|forticlient|\bFG[TV0-9][0-9A-Z]{8,}/i },
  { name: "Palo Alto Networks", what: "company", pattern: /palo ?alto|globalprotect|prisma access|\bpan-?os\b/i },
  { name: "Sophos", what: "company", pattern: /sophos/i },
  { name: "Cisco Umbrella", what: "company", pattern: /umbrella|opendns/i },
  { name: "Cisco", what: "company", pattern: /\bcisco\b|ironport/i },
  {
    name: "Cloudflare Gateway",
    what: "company",
    pattern: /cloudflare.*(?:gateway|for teams|zero trust)|gateway ca - cloudflare/is,
  },
  { name: "iboss", what: "company", pattern: /\biboss\b/i },
  { name: "Trellix / McAfee Web Gateway", what: "company", pattern: /mcafee|trellix|skyhigh/i },
  { name: "Barracuda", what: "company", pattern: /barracuda/i },
  { name: "SonicWall", what: "company", pattern: /sonicwall/i },
  { name: "WatchGuard", what: "company", pattern: /watchguard/i },
  { name: "Juniper", what: "company", pattern: /juniper/i },
  { name: "Menlo Security", what: "company", pattern: /menlo ?security/i },
  { name: "Cato Networks", what: "company", pattern: /cato networks/i },
  { name: "Smoothwall", what: "parental", pattern: /smoothwall/i },
  { name: "Securly", what: "parental", pattern: /securly/i },
  { name: "Lightspeed", what: "parental", pattern: /lightspeed/i },
  { name: "Huawei", what: "company", pattern: /huawei.*(?:usg|firewall|secospace)|\busg\d{3,}/is },
  { name: "深信服 Sangfor", what: "company", pattern: /sangfor|深信服/i },
  {
    name: "奇安信 / 360",
    what: "company",
    pattern: /qi-?anxin|奇安信|网神|legendsec|\b360(?: ?(?:secure|total|netlab|安全|天擎))|qihoo/i,
  },
  { name: "天融信 Topsec", what: "company", pattern: /topsec|天融信/i },
  { name: "绿盟 NSFOCUS", what: "company", pattern: /nsfocus|绿盟/i },
  { name: "Kaspersky", what: "antivirus", pattern: /kaspersky/i },
  { name: "ESET", what: "antivirus", pattern: /\beset\b/i },
  { name: "Avast / AVG", what: "antivirus", pattern: /avast|\bavg\b/i },
  { name: "Bitdefender", what: "antivirus", pattern: /bitdefender/i },
  { name: "Norton", what: "antivirus", pattern: /norton/i },
  { name: "AdGuard", what: "antivirus", pattern: /adguard/i },
  { name: "Fiddler", what: "debugger", pattern: /do_not_trust_fiddler|fiddler/i },
  { name: "Charles", what: "debugger", pattern: /charles proxy/i },
  { name: "mitmproxy", what: "debugger", pattern: /mitmproxy/i },
  { name: "Burp Suite", what: "debugger", pattern: /portswigger|burp/i },
  { name: "Proxyman", what: "debugger", pattern: /proxyman/i },
  { name: "Reqable / HttpCanary", what: "debugger", pattern: /reqable|httpcanary/i },
  { name: "whistle", what: "debugger", pattern: /\bwhistle\b/i },
  { name: "Steam++ / Watt Toolkit", what: "debugger", pattern: /steamtools|watt ?toolkit/i },
];

/** The maker that one of these distinguished names belongs to. */
export function inspectorOf(names: readonly string[]): Inspector | undefined {
  return INSPECTORS.find(({ pattern }) => names.some((name) => pattern.test(name)));
}
