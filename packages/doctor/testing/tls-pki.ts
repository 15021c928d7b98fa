// Throw-away authorities and the certificates that they sign, made by openssl in a folder of its own.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM of everything. `key` belongs to every leaf. */
export interface TestPki {
  readonly key: string;
  readonly root: string;
  readonly intermediate: string;
  /** Same name as `root`, another key. */
  readonly renewedRoot: string;
  /** An inspection product's root. */
  readonly inspector: string;
  /** For api.example.test and 127.0.0.1, by the intermediate. */
  readonly leaf: string;
  readonly expired: string;
  readonly future: string;
  readonly otherName: string;
  readonly inspected: string;
  readonly selfSigned: string;
  /** For api.example.test, "signed" by the leaf, which is no authority. */
  readonly forged: string;
  /** For api.example.test by the intermediate, but for mail only. */
  readonly mailOnly: string;
  /** By the inspector, with the address of its issuer and an organisation that nobody knows. */
  readonly withUrl: string;
  /** A chain with one authority more than its uppermost one allows: leaf, and both above it. */
  readonly tooLong: string;
  /** A chain under an authority that may sign names of corp.test only. */
  readonly limited: string;
}

const NAMES = "DNS:api.example.test,IP:127.0.0.1";

/** Makes it all; about a second. */
export function testPki(): TestPki {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-doctor-pki-"));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const read = (name: string) => readFileSync(file(name), "utf8");
  const key = (name: string) =>
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file(`${name}.key`));
  try {
    writeFileSync(file("index.txt"), "");
    writeFileSync(file("serial"), "1000\n");
    writeFileSync(
      file("ca.cnf"),
      "[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\norganizationName=optional\ncommonName=optional\n",
    );
    const self = (name: string, subject: string, uses: string) => {
      key(name);
      openssl(
        "req",
        "-x509",
        "-new",
        "-key",
        file(`${name}.key`),
        "-subj",
        subject,
        "-days",
        "3650",
        "-addext",
        uses,
        "-out",
        file(`${name}.pem`),
      );
      return read(`${name}.pem`);
    };
    const sign = (
      name: string,
      issuer: string,
      extensions: string,
      wish: { subject?: string; from?: string; until?: string; own?: boolean } = {},
    ) => {
      if (wish.own === true) key(name);
      openssl(
        "req",
        "-new",
        "-key",
        file(wish.own === true ? `${name}.key` : "leaf.key"),
        "-subj",
        wish.subject ?? `/CN=${name}`,
        "-out",
        file(`${name}.csr`),
      );
      writeFileSync(file(`${name}.ext`), extensions);
      const dates = ["-startdate", wish.from ?? "20200101000000Z", "-enddate", wish.until ?? "20491231000000Z"];
      openssl(
        "ca",
        "-batch",
        "-notext",
        "-config",
        "ca.cnf",
        "-cert",
        `${issuer}.pem`,
        "-keyfile",
        `${issuer}.key`,
        "-in",
        `${name}.csr`,
        "-out",
        `${name}.pem`,
        "-extfile",
        `${name}.ext`,
        ...dates,
      );
      return read(`${name}.pem`);
    };
    const ca = "basicConstraints=critical,CA:TRUE";
    key("leaf");
    const root = self("root", "/O=Test Trust/CN=Test Root", ca);
    const renewedRoot = self("renewed", "/O=Test Trust/CN=Test Root", ca);
    const inspector = self("inspector", "/O=Zscaler Inc./CN=Zscaler Root CA", ca);
    const intermediate = sign("intermediate", "root", `${ca}\n`, {
      subject: "/O=Test Trust/CN=Test Intermediate",
      own: true,
    });
    const server = `basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=${NAMES}\n`;
    const leaf = sign("leaf", "intermediate", server);
    const limitedCa = sign("limited-ca", "root", `${ca}\nnameConstraints=critical,permitted;DNS:corp.test\n`, {
      own: true,
      subject: "/CN=Limited",
    });
    const shortCa = sign("short-ca", "root", `${ca},pathlen:0\n`, { own: true, subject: "/CN=Short" });
    const subCa = sign("sub-ca", "short-ca", `${ca}\n`, { own: true, subject: "/CN=Below Short" });
    return {
      key: read("leaf.key"),
      root,
      renewedRoot,
      inspector,
      intermediate,
      leaf,
      expired: sign("expired", "intermediate", server, { until: "20210101000000Z" }),
      future: sign("future", "intermediate", server, { from: "20480101000000Z" }),
      otherName: sign("other", "intermediate", "subjectAltName=DNS:other.example.test\n"),
      inspected: sign("inspected", "inspector", server),
      selfSigned: self("alone", "/CN=alone", `subjectAltName=${NAMES}`),
      forged: sign("forged", "leaf", server),
      mailOnly: sign("mail", "intermediate", `extendedKeyUsage=emailProtection\nsubjectAltName=${NAMES}\n`),
      withUrl: sign("withurl", "renewed", `${server}authorityInfoAccess=caIssuers;URI:http://pki.example.com/ca.der\n`),
      tooLong: sign("toolong", "sub-ca", server) + subCa + shortCa,
      limited: sign("limited", "limited-ca", server) + limitedCa,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** DER of every certificate in PEM text. */
export function derOf(pem: string): Buffer[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g)].map(([, base64 = ""]) =>
    Buffer.from(base64, "base64"),
  );
}
