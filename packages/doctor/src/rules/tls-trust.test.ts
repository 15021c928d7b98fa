// The rules about certificates and roots: which judgement leads to which code, and to which commands.

import { describe, expect, it } from "vitest";
import { BAD, codes, commands, GENUINE, omit, shown, stage } from "../../testing/tls-facts.ts";
import type { Trust } from "../facts/tls.ts";
import { TLS_ROOTS_RULES } from "./tls-roots.ts";
import { TLS_TRUST_RULES } from "./tls-trust.ts";

describe("certificates", () => {
  it("of an inspector: the way out depends on the store and the program", () => {
    expect(codes(shown(BAD))).toEqual(["TLS_INTERCEPTED_UNTRUSTED"]);
    const inSystem = shown({ ...BAD, system: true });
    const code = "TLS_INTERCEPTED_UNTRUSTED";
    expect(commands(code, shown(BAD), stage("node"))).toContain("NODE_EXTRA_CA_CERTS");
    expect(commands(code, inSystem, stage("node"))).toContain('NODE_USE_SYSTEM_CA="1"');
    expect(commands(code, inSystem, stage("node", { node: "22.16.0" }))).toContain("--use-system-ca");
    expect(commands(code, inSystem, stage("node", { node: "20.20.2" }))).toContain("NODE_EXTRA_CA_CERTS");
    expect(commands(code, inSystem, stage("claude-code", { version: "2.1.90" }))).toContain("claude update");
    expect(commands(code, inSystem, stage("claude-code", { env: { CLAUDE_CODE_CERT_STORE: "bundled" } }))).toContain(
      "bundled,system",
    );
    expect(commands(code, inSystem, stage("python"))).toContain("truststore");
    expect(commands(code, shown(BAD), stage("curl"))).toContain("update-ca-certificates");
    expect(commands(code, shown(BAD), stage("node", { platform: "win32" }))).toContain("SetEnvironmentVariable");
  });

  it("that the program trusts are told at most as information", () => {
    const trusted = shown({ ...omit(BAD, "error", "untrustedIssuer"), system: true, program: true, keySafe: true });
    expect(codes(trusted)).toEqual(["TLS_INTERCEPTED_TRUSTED"]);
    expect(TLS_TRUST_RULES.find(({ code }) => code === "TLS_INTERCEPTED_TRUSTED")?.severity).toBe("info");
    // A company's own gateway with the company's own authority.
    const own = shown({
      ...omit(BAD, "error", "untrustedIssuer", "inspector"),
      extra: true,
      program: true,
      keySafe: true,
    });
    expect(codes(own, stage("node", { official: false }))).toEqual([]);
    expect(codes(shown(GENUINE))).toEqual([]);
  });

  it("of a private gateway, an incomplete chain, a self-signed one", () => {
    const gateway = stage("node", { official: false });
    const plain = omit(BAD, "inspector");
    expect(codes(shown({ ...plain, untrustedIssuer: "Corp Root" }), gateway)).toEqual(["TLS_PRIVATE_CA"]);
    expect(codes(shown({ ...plain, incomplete: true }), gateway)).toEqual(["TLS_CHAIN_INCOMPLETE"]);
    expect(codes(shown({ ...plain, selfSigned: true }), gateway)).toEqual(["TLS_SELF_SIGNED"]);
    expect(codes(shown({ ...plain, selfSigned: true }))).toEqual(["TLS_SELF_SIGNED"]);
  });

  it("with wrong dates: the clock, when they are right over there", () => {
    const late: Trust = { ...GENUINE, program: false, keySafe: false, expired: true, error: "CERT_HAS_EXPIRED" };
    expect(codes(shown(late))).toEqual(["TLS_EXPIRED"]);
    expect(codes(shown(late, { clock: { skewMs: 400 * 86_400_000, validThere: true } }))).toEqual(["TLS_CLOCK_WRONG"]);
    expect(codes(shown(late, { clock: { skewMs: 1_000, validThere: false } }))).toEqual(["TLS_EXPIRED"]);
    expect(codes(shown({ ...late, expired: false, notYetValid: true }))).toEqual(["TLS_NOT_YET_VALID"]);
    expect(
      codes(shown({ ...GENUINE, program: false, wrongName: true, error: "ERR_TLS_CERT_ALTNAME_INVALID" })),
    ).toEqual(["TLS_WRONG_NAME"]);
  });

  it("are a warning only where the program checks nothing", () => {
    const rule = TLS_TRUST_RULES.find(({ code }) => code === "TLS_INTERCEPTED_UNTRUSTED");
    expect(rule?.match(shown(BAD), stage("node", { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } }))?.severity).toBe(
      "warning",
    );
    expect(rule?.match(shown(BAD), stage("node"))?.severity).toBe("error");
  });
});

describe("files of roots", () => {
  const file = (problem: "der" | "missing" | "not-a-ca", read = true) => ({
    name: "NODE_EXTRA_CA_CERTS",
    path: "/x/ca.cer",
    where: "shell",
    problem,
    read,
    certificates: 0,
    subjects: [],
  });
  it("are to blame when the root is missing, else a warning, and nothing grave when nobody reads them", () => {
    const rule = TLS_ROOTS_RULES.find(({ code }) => code === "TLS_ROOTS_FILE_DER");
    const severity = (trust: Trust, read = true) =>
      rule?.match({ ...shown(trust), "env.roots": { files: [file("der", read)] } }, stage("node"))?.severity;
    expect(severity(BAD)).toBe("error");
    expect(severity(GENUINE)).toBe("warning");
    expect(severity(BAD, false)).toBe("info");
    expect(commands("TLS_ROOTS_FILE_DER", { "env.roots": { files: [file("der")] } }, stage("node"))).toContain(
      'openssl x509 -inform der -in "/x/ca.cer"',
    );
  });

  it("of a tool are set by that tool", () => {
    const missing = { ...file("missing", false), name: "npm.cafile" };
    const told = commands("TLS_ROOTS_FILE_MISSING", { "env.roots": { files: [missing] } }, stage("node"));
    expect(told).toContain("npm config set cafile");
    expect(told).not.toContain("export npm.cafile");
  });
});
