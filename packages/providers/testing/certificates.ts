// A throw-away authority and the certificates it signs, made by openssl in a folder of its own.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** What one authority signed. */
export interface Certificates {
  /** The authority itself. */
  readonly ca: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: Identity;
  /** For other.example only. */
  readonly other: Identity;
  /** For 127.0.0.1, its time over. */
  readonly expired: Identity;
  /** A client's. */
  readonly client: Identity;
}

/** Makes a new authority and all its certificates. */
export function certificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-pki-"));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  try {
    const key = (name: string) =>
      openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file(`${name}.key`));
    key("ca");
    openssl(
      "req",
      "-x509",
      "-new",
      "-key",
      file("ca.key"),
      "-subj",
      "/CN=Test Authority",
      "-days",
      "2",
      "-out",
      file("ca.pem"),
    );
    // `openssl ca` sets the dates freely, in every version.
    writeFileSync(file("index.txt"), "");
    writeFileSync(file("serial"), "1000\n");
    writeFileSync(
      file("ca.cnf"),
      "[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n",
    );
    const sign = (name: string, san: string, from: string, until: string): Identity => {
      key(name);
      openssl("req", "-new", "-key", file(`${name}.key`), "-subj", `/CN=${name}`, "-out", file(`${name}.csr`));
      writeFileSync(file(`${name}.ext`), `subjectAltName=${san}\n`);
      openssl(
        ..."ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key".split(" "),
        ...[
          "-in",
          `${name}.csr`,
          "-out",
          `${name}.pem`,
          "-extfile",
          `${name}.ext`,
          "-startdate",
          from,
          "-enddate",
          until,
        ],
      );
      return { cert: readFileSync(file(`${name}.pem`), "utf8"), key: readFileSync(file(`${name}.key`), "utf8") };
    };
    const [from, until] = ["20200101000000Z", "20491231000000Z"];
    return {
      ca: readFileSync(file("ca.pem"), "utf8"),
      server: sign("server", "IP:127.0.0.1,DNS:localhost", from, until),
      other: sign("other", "DNS:other.example", from, until),
      expired: sign("expired", "IP:127.0.0.1,DNS:localhost", from, "20200201000000Z"),
      client: sign("client", "DNS:client", from, until),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
