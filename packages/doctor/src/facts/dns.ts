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
  /** True when the target is an address and nothing had to be resolved. */
  readonly literal: boolean;
  readonly ms: number;
  readonly addresses: readonly Resolved[];
  /** ENOTFOUND, EAI_AGAIN… */
  readonly error?: string;
  /** Entries of the hosts file for that name. */
  readonly hostsFile: readonly { readonly address: string; readonly line: number }[];
}

/** One question to one name server. */
export interface NameserverAnswer {
  readonly server: string;
  readonly a: { readonly ms: number; readonly addresses: readonly string[]; readonly error?: string };
  readonly aaaa: { readonly ms: number; readonly addresses: readonly string[]; readonly error?: string };
}
export interface NameserverFacts {
  readonly servers: readonly NameserverAnswer[];
}

/** A name that cannot exist: an answer to it is a lie. */
export interface CanaryFacts {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly error?: string;
}

/** What resolvers elsewhere say (only with --external). */
export interface ExternalDnsFacts {
  readonly resolvers: readonly { readonly name: string; readonly addresses: readonly string[]; readonly error?: string }[];
}
