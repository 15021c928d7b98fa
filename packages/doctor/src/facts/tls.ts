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
  /** By the public roots (those that Node brings, or --public-roots). */
  readonly public: boolean;
  /** By the operating system's store; undefined when it cannot be read. */
  readonly system: boolean | undefined;
  /** By the files that the program is told to trust. */
  readonly extra: boolean;
  /** By what the program that is asked about would use, all told. */
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
  /** Maker of an inspection product, such as Zscaler, when the issuer names one. */
  readonly inspector?: string;
  /** The root or issuer that is not trusted. */
  readonly untrustedIssuer?: string;
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
}

/** The handshake as the program would make it, per address family. */
export interface HandshakeFacts {
  readonly via: "direct" | "proxy";
  readonly handshakes: readonly Handshake[];
  readonly chain: readonly CertificateFacts[];
  readonly trust?: Trust;
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
  readonly problem?: "missing" | "unreadable" | "folder" | "der" | "no-certificate" | "not-a-ca" | "expired" | "broken-pem" | "not-read-by-program";
  readonly certificates: number;
  readonly subjects: readonly string[];
}
export interface TrustFileFacts {
  readonly files: readonly TrustFile[];
  /** How many roots the operating system's store gave; undefined when it cannot be read. */
  readonly systemCount?: number;
}
