// Judging chains: every fault on its own, and nothing trusted that must not be.

import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { derOf, type TestPki, testPki } from "../../testing/tls-pki.ts";
import { outlineOf } from "./der.ts";
import { chainFacts, datesFit, judge } from "./judge.ts";
import { RootStore } from "./root-store.ts";
import type { NamedFile, Stores } from "./stores.ts";

const HOST = "api.example.test";

const NOW = Date.now();
let pki: TestPki;
beforeAll(() => {
  pki = testPki();
});

function stores(roots: {
  public?: string;
  system?: string;
  extra?: string;
  program?: string;
  files?: readonly NamedFile[];
  partial?: boolean;
}): Stores {
  const store = (pem = "") => new RootStore(() => [pem]);
  const program = roots.program ?? `${roots.public ?? ""}${roots.extra ?? ""}`;
  return {
    public: store(roots.public),
    system: roots.system === undefined ? undefined : store(roots.system),
    extra: store(roots.extra),
    program: store(program),
    files: roots.files ?? [],
    partial: roots.partial ?? false,
    readsSystem: false,
  };
}

function file(name: string, pem: string, read: boolean): NamedFile {
  return {
    name,
    path: `/x/${name}`,
    source: { kind: "shell" },
    read,
    file: { certificates: 1, subjects: [], pem },
    roots: new RootStore(() => [pem]),
  };
}

const look = (pem: string, roots: Parameters<typeof stores>[0], host = HOST) =>
  judge(derOf(pem), host, NOW, stores(roots));

describe("outlines", () => {
  it("agree with OpenSSL's reading for every root that Node brings", () => {
    for (const pem of rootCertificates) {
      const certificate = new X509Certificate(pem);
      const outline = outlineOf(certificate.raw);
      expect(outline?.notAfter, certificate.subject).toBe(Date.parse(certificate.validTo));
      expect(outline?.notBefore).toBe(Date.parse(certificate.validFrom));
      expect(outline?.subject === outline?.issuer).toBe(certificate.subject === certificate.issuer);
    }
    expect(new RootStore(() => rootCertificates).size).toBe(rootCertificates.length);
  });

  it("of what is no certificate are undefined", () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("3082", "hex"),
      Buffer.from("30820001ff", "hex"),
      Buffer.from("hello"),
    ])
      expect(outlineOf(bytes)).toBeUndefined();
  });
});

describe("a chain", () => {
  it("that leads to a public root is genuine", () => {
    const trust = look(pki.leaf + pki.intermediate, { public: pki.root });
    expect(trust).toMatchObject({
      public: true,
      program: true,
      keySafe: true,
      expired: false,
      wrongName: false,
      incomplete: false,
    });
    expect(trust?.error).toBeUndefined();
    expect(look(pki.leaf + pki.intermediate, { public: pki.root }, "127.0.0.1")).toMatchObject({ program: true });
  });

  it("of an inspector is not, and its maker is named", () => {
    const shown = pki.inspected + pki.inspector;
    expect(look(shown, { public: pki.root, system: pki.root })).toMatchObject({
      public: false,
      system: false,
      program: false,
      keySafe: false,
      error: "SELF_SIGNED_CERT_IN_CHAIN",
      inspector: "Zscaler",
      untrustedIssuer: "Zscaler Root CA",
      incomplete: false,
    });
    // The owner of the machine trusts it, so a key may pass; the program does not read that store.
    expect(look(shown, { public: pki.root, system: pki.inspector })).toMatchObject({
      system: true,
      program: false,
      keySafe: true,
    });
    expect(look(shown, { public: pki.root, extra: pki.inspector })).toMatchObject({
      extra: true,
      program: true,
      keySafe: true,
    });
  });

  it("whose intermediate is missing is told from a private one", () => {
    expect(look(pki.leaf, { public: pki.root })).toMatchObject({
      incomplete: true,
      program: false,
      keySafe: false,
      error: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
    expect(look(pki.inspected, { public: pki.root })).toMatchObject({ incomplete: false, inspector: "Zscaler" });
    // Companies, too, publish where their issuer's certificate can be fetched.
    expect(look(pki.withUrl, { public: pki.inspector })).toMatchObject({ incomplete: false });
    // With the intermediate in a file that the program reads the way is whole.
    expect(look(pki.leaf, { public: pki.root, program: pki.root + pki.intermediate })).toMatchObject({ program: true });
  });

  it("faults are told each on its own", () => {
    const roots = { public: pki.root };
    expect(look(pki.expired + pki.intermediate, roots)).toMatchObject({
      public: true,
      program: false,
      keySafe: false,
      expired: true,
      error: "CERT_HAS_EXPIRED",
    });
    expect(look(pki.future + pki.intermediate, roots)).toMatchObject({
      notYetValid: true,
      keySafe: false,
      error: "CERT_NOT_YET_VALID",
    });
    expect(look(pki.otherName + pki.intermediate, roots)).toMatchObject({
      wrongName: true,
      keySafe: false,
      error: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    expect(look(pki.selfSigned, roots)).toMatchObject({
      selfSigned: true,
      keySafe: false,
      error: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    // Two at once: an unknown root and a wrong name.
    expect(look(pki.inspected + pki.inspector, roots, "elsewhere.test")).toMatchObject({
      wrongName: true,
      error: "SELF_SIGNED_CERT_IN_CHAIN",
    });
  });

  it("is not trusted for the sake of a name alone", () => {
    // A root of the right name that did not sign it.
    expect(look(pki.leaf + pki.intermediate, { public: pki.renewedRoot })).toMatchObject({
      public: false,
      program: false,
      keySafe: false,
    });
    // A leaf that plays authority.
    expect(look(pki.forged + pki.leaf + pki.intermediate, { public: pki.root })).toMatchObject({
      public: false,
      keySafe: false,
    });
    // A certificate for mail.
    expect(look(pki.mailOnly + pki.intermediate, { public: pki.root })).toMatchObject({
      public: true,
      program: false,
      keySafe: false,
      error: "INVALID_PURPOSE",
    });
    // More authorities than the uppermost one allows, and one that may sign other names only.
    expect(look(pki.tooLong, { public: pki.root })).toMatchObject({ public: false, program: false, keySafe: false });
    expect(look(pki.limited, { public: pki.root })).toMatchObject({ keySafe: false });
    // Nothing at all.
    expect(judge([], HOST, NOW, stores({ public: pki.root }))).toBeUndefined();
    expect(judge([Buffer.from("no certificate")], HOST, NOW, stores({ public: pki.root }))).toBeUndefined();
  });

  it("is enough with an intermediate in the store only where the program takes that", () => {
    const shown = pki.leaf + pki.intermediate;
    expect(look(shown, { program: pki.intermediate })).toMatchObject({ program: false });
    expect(look(shown, { program: pki.intermediate, partial: true })).toMatchObject({ program: true });
  });

  it("names files that hold an old root, and files that nobody reads", () => {
    const shown = pki.leaf + pki.intermediate;
    const old = file("OLD", pki.renewedRoot, true);
    expect(look(shown, { public: pki.inspector, files: [old] })).toMatchObject({
      staleFile: "/x/OLD",
      unreadFiles: [],
    });
    const unread = file("SSL_CERT_FILE", pki.root, false);
    expect(look(shown, { public: pki.inspector, files: [unread] })?.unreadFiles).toMatchObject([
      { name: "SSL_CERT_FILE", path: "/x/SSL_CERT_FILE" },
    ]);
    expect(look(shown, { public: pki.root, files: [old] })?.staleFile).toBeUndefined();
    const rootless = look(shown, { public: pki.inspector, files: [file("HALF", pki.intermediate, true)] });
    expect(rootless).toMatchObject({ program: false, rootlessFile: "/x/HALF" });
    expect(rootless?.staleFile).toBeUndefined();
    const broken = file("BROKEN", pki.intermediate + pki.root, true);
    const unusable = { ...broken, file: { ...broken.file, problem: "broken-pem" as const } };
    expect(look(shown, { public: pki.inspector, files: [unusable] })?.rootlessFile).toBeUndefined();
  });
});

describe("facts", () => {
  it("of a chain are readable", () => {
    const [leaf, above] = chainFacts(derOf(pki.leaf + pki.intermediate));
    expect(leaf).toMatchObject({
      subject: "CN=leaf",
      names: [HOST, "127.0.0.1"],
      notBefore: "2020-01-01T00:00:00Z",
      isCa: false,
    });
    expect(leaf?.issuer).toBe("O=Test Trust, CN=Test Intermediate");
    expect(above?.isCa).toBe(true);
    expect(leaf?.fingerprint).toMatch(/^[0-9A-F:]{95}$/);
  });

  it("tell whether the dates fit another clock", () => {
    const chain = derOf(pki.expired + pki.intermediate);
    expect(datesFit(chain, NOW)).toBe(false);
    expect(datesFit(chain, Date.UTC(2020, 5, 1))).toBe(true);
  });
});
