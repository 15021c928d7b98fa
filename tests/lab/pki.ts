// The lab's throw-away certificates, made once for a run with openssl: the public world's, an inspector's, a company's.

import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { certifiedNames } from "./names.ts";

const run = promisify(execFile);

/** Chains that a server can show. Each is `<name>.chain.pem` (leaf first) with the key `leaf.key`. */
export const CHAINS = [
  "good",
  "no-intermediate",
  "self-signed",
  "expired",
  "not-yet-valid",
  "wrong-name",
  "inspected",
  "inspected-short",
  "inspected-new",
  "private",
] as const;
export type Chain = (typeof CHAINS)[number];

/** Address at which the good intermediate can be fetched, as the leaf says. */
export const ISSUER_URL = "http://i.pki.labtrust.example/intermediate.der";

/**
 * A finished PKI. Besides the chains its folder holds: `root.pem` (the lab's public root) and `intermediate.pem`,
 * `inspected-root.pem` (Zscaler's), `inspected-new-root.pem` (the same name, another key), `private-root.pem` (the
 * company's), all of them as `.der` too; `client.pem` with `client.key` (of the company's CA); `leaf.key`.
 */
export class Pki {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Absolute path of a file. */
  path(name: string): string {
    return join(this.folder, name);
  }

  /** Text of a file. */
  text(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  /** Signs a certificate for other names; gives back the path of its chain. Its key is `leaf.key`. */
  async leaf(
    folder: string,
    file: string,
    names: readonly string[],
    signer: "intermediate" | "inspected" | "private",
  ): Promise<string> {
    const chain = join(folder, `${file}.chain.pem`);
    const issuer = signer === "inspected" ? "inspected-intermediate" : signer === "private" ? "private-root" : signer;
    const pem = await signLeaf(this, join(folder, file), names, issuer, {});
    writeFileSync(chain, signer === "private" ? pem : pem + this.text(`${issuer}.pem`));
    return chain;
  }
}

/** Makes everything in `folder`. Needs openssl and faketime; about a second. */
export async function makePki(folder: string): Promise<Pki> {
  mkdirSync(folder, { recursive: true });
  const pki = new Pki(folder);
  await openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", pki.path("leaf.key")]);
  await openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", pki.path("client.key")]);
  await Promise.all([
    publicChains(pki),
    inspected(pki, "inspected"),
    inspected(pki, "inspected-new"),
    company(pki),
    alone(pki),
  ]);
  return pki;
}

async function publicChains(pki: Pki): Promise<void> {
  await root(pki, "root", "/C=US/O=Lab Trust Services LLC/CN=LTS Root R1");
  await intermediate(pki, "intermediate", "/C=US/O=Lab Trust Services LLC/CN=LTS WE1", "root");
  const above = pki.text("intermediate.pem");
  const names = certifiedNames();
  const sign = (name: string, wanted: readonly string[], wish: Wish) =>
    signLeaf(pki, pki.path(name), wanted, "intermediate", wish);
  const [good, expired, future, wrong] = await Promise.all([
    sign("good", names, { issuerUrl: ISSUER_URL }),
    sign("expired", names, { issuerUrl: ISSUER_URL, clock: "-400d" }),
    sign("not-yet-valid", names, { issuerUrl: ISSUER_URL, clock: "+400d" }),
    sign("wrong-name", ["www.other-site.example", "other-site.example"], { issuerUrl: ISSUER_URL }),
  ]);
  writeFileSync(pki.path("good.chain.pem"), good + above);
  writeFileSync(pki.path("no-intermediate.chain.pem"), good);
  writeFileSync(pki.path("expired.chain.pem"), expired + above);
  writeFileSync(pki.path("not-yet-valid.chain.pem"), future + above);
  writeFileSync(pki.path("wrong-name.chain.pem"), wrong + above);
}

async function inspected(pki: Pki, name: string): Promise<void> {
  const dn = "/C=US/ST=California/L=San Jose/O=Zscaler Inc./OU=Zscaler Inc.";
  await root(pki, `${name}-root`, `${dn}/CN=Zscaler Root CA`);
  await intermediate(
    pki,
    `${name}-intermediate`,
    `${dn}/CN=Zscaler Intermediate Root CA (zscaler.net)`,
    `${name}-root`,
  );
  const leaf = await signLeaf(pki, pki.path(name), certifiedNames(), `${name}-intermediate`, {});
  writeFileSync(
    pki.path(`${name}.chain.pem`),
    leaf + pki.text(`${name}-intermediate.pem`) + pki.text(`${name}-root.pem`),
  );
  if (name === "inspected")
    writeFileSync(pki.path("inspected-short.chain.pem"), leaf + pki.text(`${name}-intermediate.pem`));
}

async function company(pki: Pki): Promise<void> {
  await root(pki, "private-root", "/O=Example Corp/OU=IT/CN=Example Corp Internal Root");
  writeFileSync(
    pki.path("private.chain.pem"),
    await signLeaf(pki, pki.path("private"), certifiedNames(), "private-root", {}),
  );
  await signLeaf(pki, pki.path("client"), ["dev.corp.example"], "private-root", { key: "client.key" });
}

async function alone(pki: Pki): Promise<void> {
  const names = certifiedNames().map((name) => `DNS:${name}`);
  const subject = ["-subj", "/CN=api.anthropic.com", "-addext", `subjectAltName=${names.join(",")}`];
  await openssl([
    "req",
    "-x509",
    "-new",
    "-key",
    pki.path("leaf.key"),
    "-days",
    "365",
    "-sha256",
    ...subject,
    "-out",
    pki.path("self-signed.chain.pem"),
  ]);
}

async function root(pki: Pki, name: string, subject: string): Promise<void> {
  const out = pki.path(`${name}.pem`);
  const uses = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
  await openssl(
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      pki.path(`${name}.key`),
      "-days",
      "7300",
      "-sha256",
      "-subj",
      subject,
      ...uses,
      "-out",
      out,
    ],
    "-2000d",
  );
  await openssl(["x509", "-in", out, "-outform", "der", "-out", pki.path(`${name}.der`)]);
}

async function intermediate(pki: Pki, name: string, subject: string, issuer: string): Promise<void> {
  const out = pki.path(`${name}.pem`);
  await openssl([
    "req",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    pki.path(`${name}.key`),
    "-subj",
    subject,
    "-out",
    `${out}.csr`,
  ]);
  writeFileSync(
    `${out}.ext`,
    "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\nextendedKeyUsage=serverAuth,clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n",
  );
  await openssl(
    [
      "x509",
      "-req",
      "-in",
      `${out}.csr`,
      ...issuerOf(pki, issuer),
      "-days",
      "3650",
      "-sha256",
      "-extfile",
      `${out}.ext`,
      "-out",
      out,
    ],
    "-1500d",
  );
  await openssl(["x509", "-in", out, "-outform", "der", "-out", pki.path(`${name}.der`)]);
}

interface Wish {
  /** Shift of the clock under which it is signed, such as `-400d`. Default a week ago. */
  readonly clock?: string;
  readonly issuerUrl?: string;
  readonly key?: string;
}

/** A certificate of 90 days for servers (and clients); its text. */
async function signLeaf(pki: Pki, file: string, names: readonly string[], issuer: string, wish: Wish): Promise<string> {
  const out = `${file}.pem`;
  const url = wish.issuerUrl === undefined ? "" : `authorityInfoAccess=caIssuers;URI:${wish.issuerUrl}\n`;
  writeFileSync(
    `${out}.ext`,
    `basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\nauthorityKeyIdentifier=keyid\n${url}subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\n`,
  );
  await openssl([
    "req",
    "-new",
    "-key",
    pki.path(wish.key ?? "leaf.key"),
    "-subj",
    `/CN=${names[0]}`,
    "-out",
    `${out}.csr`,
  ]);
  await openssl(
    [
      "x509",
      "-req",
      "-in",
      `${out}.csr`,
      ...issuerOf(pki, issuer),
      "-days",
      "90",
      "-sha256",
      "-extfile",
      `${out}.ext`,
      "-out",
      out,
    ],
    wish.clock ?? "-7d",
  );
  return readFileSync(out, "utf8");
}

function issuerOf(pki: Pki, issuer: string): string[] {
  const serial = `0x${Math.floor(Math.random() * 2 ** 48)
    .toString(16)
    .padStart(12, "1")}`;
  return ["-CA", pki.path(`${issuer}.pem`), "-CAkey", pki.path(`${issuer}.key`), "-set_serial", serial];
}

// The system's configuration could add extensions of its own.
async function openssl(args: readonly string[], clock?: string): Promise<void> {
  const env = { PATH: process.env["PATH"], RANDFILE: "/dev/null" };
  if (clock === undefined) await run("openssl", [...args], { env });
  else await run("faketime", ["-f", clock, "openssl", ...args], { env });
}
