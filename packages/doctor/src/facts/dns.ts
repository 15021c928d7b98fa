// Facts of the DNS layer.

/** What kind of address it is. `genuine` = inside the ranges that Anthropic publishes. */
export type AddressClass =
  | "genuine"
  | "public"
  | "fake-ip"
  | "private"
  | "loopback"
  | "unspecified"
  | "link-local"
  | "shared";

export interface Resolved {
  readonly address: string;
  readonly family: 4 | 6;
  readonly class: AddressClass;
}

/** getaddrinfo: hosts file, nsswitch, search list and all, as programs resolve. */
export interface LookupFacts {
  readonly host: string;
  /** Whose name it is: through a proxy only the proxy's own has to be known here. */
  readonly of: "target" | "proxy";
  /** True when the host is an address and nothing had to be resolved. */
  readonly literal: boolean;
  readonly ms: number;
  readonly addresses: readonly Resolved[];
  /** Whose answer `addresses` is: that of the name servers when getaddrinfo took too long. */
  readonly by: "getaddrinfo" | "nameservers" | "address";
  /** True when getaddrinfo had not answered after `ms`; it was not waited for any longer. */
  readonly late: boolean;
  /** ENOTFOUND, EAI_AGAIN…; TIMEOUT when it never came and nobody else knew the name. */
  readonly error?: string;
  /** Entries of the hosts file for that name. */
  readonly hostsFile: readonly { readonly address: string; readonly line: number }[];
  /** Path of the hosts file. */
  readonly hostsPath: string;
}

/** One answer to one question. ENOTFOUND, ENODATA, EREFUSED, ESERVFAIL, ECONNREFUSED, TIMEOUT… */
export interface AnswerOfServer {
  readonly ms: number;
  readonly addresses: readonly string[];
  readonly error?: string;
}

/** One question to one name server. */
export interface NameserverAnswer {
  readonly server: string;
  readonly a: AnswerOfServer;
  readonly aaaa: AnswerOfServer;
  /** True when this machine itself lets no question out to that server. */
  readonly forbidden?: boolean;
}
export interface NameserverFacts {
  readonly host: string;
  /** In the order in which the system asks them. */
  readonly servers: readonly NameserverAnswer[];
}

/** A name that cannot exist: an answer to it is a lie, or a wildcard of the zone's owner. */
export interface Canary {
  readonly name: string;
  /** `sibling` is under the target's own parent, `stranger` directly under .com. */
  readonly place: "sibling" | "stranger";
  readonly addresses: readonly string[];
  readonly error?: string;
}
export interface CanaryFacts {
  readonly canaries: readonly Canary[];
}

/** What a resolver elsewhere says (only with --external). */
export interface ExternalAnswer {
  readonly name: string;
  /** How it was asked: `https` is DoH with its certificate checked, `tcp` can be forged on the way. */
  readonly by: "https" | "tcp";
  readonly ms: number;
  readonly addresses: readonly string[];
  readonly error?: string;
}
export interface ExternalDnsFacts {
  readonly resolvers: readonly ExternalAnswer[];
}
