// Facts of the TLS layer.

/** One certificate of a chain, the leaf first. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly names: readonly string[];
  readonly fingerprint: string;
  readonly isCa: boolean;
  readonly key: string;
  /** Address of the issuer's certificate in the certificate (AIA), if any. */
  readonly issuerUrl?: string;
}

/** Against which roots a chain holds. */
export interface Trust {
  /** Its signatures lead to a public root (those that Node brings, or --public-roots), whatever its dates and names. */
  readonly public: boolean;
  /** They lead to a root of the operating system's store, likewise; undefined when it cannot be read. */
  readonly system: boolean | undefined;
  /** They lead to a root in a file that the program is told to trust, likewise. */
  readonly extra: boolean;
  /** The program that is asked about would accept it: a root that it trusts, right dates, right name. */
  readonly program: boolean;
  /** True when a key may be sent: genuine, or an interceptor that the machine's owner trusts. */
  readonly keySafe: boolean;
  /** First OpenSSL code for the program's store: SELF_SIGNED_CERT_IN_CHAIN, CERT_HAS_EXPIRED, ERR_TLS_CERT_ALTNAME_INVALID… */
  readonly error?: string;
  /** Each fault on its own: OpenSSL tells only the first. */
  readonly expired: boolean;
  readonly notYetValid: boolean;
  readonly wrongName: boolean;
  readonly incomplete: boolean;
  /** The leaf is signed by itself. */
  readonly selfSigned: boolean;
  /** Maker of an inspection product, such as Zscaler, when the issuer names one. */
  readonly inspector?: string;
  /** The root or issuer that is not trusted. */
  readonly untrustedIssuer?: string;
  /** A file that the program trusts holds a CA of that name whose key is another one: the CA was renewed. */
  readonly staleFile?: string;
  /** A file that the program trusts with the intermediate that signed this, and without its root. */
  readonly rootlessFile?: string;
  /** Files that hold the missing root, but that the program does not read. */
  readonly unreadFiles: readonly { readonly name: string; readonly path: string; readonly where: string }[];
}

/** The far end's clock, by the Date header of an answer on the unverified connection; no credential was sent. */
export interface TlsClock {
  /** Local minus server time, milliseconds. */
  readonly skewMs: number;
  /** The chain's dates fit the server's time. */
  readonly validThere: boolean;
}

/** One handshake. */
export interface Handshake {
  readonly address: string;
  readonly family: 4 | 6;
  readonly servername: string;
  readonly variant: "default" | "classical" | "tls12" | "decoy-name" | "classical-decoy" | "tiny-reply";
  readonly ok: boolean;
  readonly ms: number;
  /** TIMEOUT, ECONNRESET, EPROTO, or OpenSSL's code. For tiny-reply an alert is the good answer: `ALERT`. */
  readonly error?: string;
  readonly bytesIn: number;
  readonly protocol?: string;
  readonly cipher?: string;
  readonly group?: string;
  /** How far a failed one came. */
  readonly at?: "dns" | "tcp" | "proxy" | "tls";
  readonly message?: string;
}

/** The handshake as the program would make it, per address family. */
export interface HandshakeFacts {
  readonly via: "direct" | "proxy";
  /** The size of ClientHello that the program sends: `default` = with a post-quantum key share, about 1,600 bytes. */
  readonly hello: "default" | "classical";
  /** Those of the program's own variant decide; one of the other variant is a look aside. Several of one address = repeated. */
  readonly handshakes: readonly Handshake[];
  readonly chain: readonly CertificateFacts[];
  readonly trust?: Trust;
  readonly clock?: TlsClock;
  /** What a plain HTTP request to that port got, when it speaks no TLS: the status line or first bytes. */
  readonly plain?: string;
  /** Client certificate that was shown, or why it could not be. */
  readonly clientCertificate?: { readonly path: string; readonly problem?: string };
}

/** One factor varied at a time, after the plain handshake failed (or with --deep). */
export interface MatrixFacts {
  readonly handshakes: readonly Handshake[];
  readonly table: {
    readonly [variant in Handshake["variant"]]?: "ok" | "timeout" | "reset" | "alert" | "refused" | "other";
  };
}

/** A file with certificates that a variable names. */
export interface TrustFile {
  readonly name: string;
  readonly path: string;
  readonly where: string;
  readonly problem?:
    | "missing"
    | "unreadable"
    | "folder"
    | "der"
    | "no-certificate"
    | "not-a-ca"
    | "expired"
    | "broken-pem"
    | "not-read-by-program";
  /** The kind of the problem, where it has kinds: utf-16, bom, pkcs7, private-key, tilde; or Node's code. */
  readonly detail?: string;
  /** The program that is asked about reads this variable, and this is the value that counts. */
  readonly read: boolean;
  readonly certificates: number;
  /** At most 5. */
  readonly subjects: readonly string[];
}
export interface TrustFileFacts {
  readonly files: readonly TrustFile[];
  /** How many roots the operating system's store gave; undefined when it cannot be read. */
  readonly systemCount?: number;
}
