// The ClientHello as the program in question would send it: its size decides whether some lines work at all.

import { createSecureContext } from "node:tls";
import type { Context } from "../context.ts";
import type { Handshake } from "../facts/tls.ts";
import { pathAsTaken } from "../trust/ca-file.ts";
import { sendsLargeHello } from "../trust/versions.ts";
import type { TlsWish } from "./tls.ts";

/** Groups whose key shares are small: the whole ClientHello fits in a packet of 500 bytes. */
export const CLASSICAL_GROUPS = "X25519:P-256";

/** Name that no filter looks for and that no server of a platform has (RFC 2606). */
export const DECOY_NAME = "www.example.com";

/** Ciphers without authentication: no server takes one, so the right answer is an alert of seven bytes. */
const REFUSED_CIPHERS = "AECDH-AES128-SHA:ADH-AES128-GCM-SHA256:@SECLEVEL=0";

/** Five protocol names of 250 bytes: with them a ClientHello of a Node without X25519MLKEM768 is as long as one with it. */
const PADDING = ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(250));

/** The size of ClientHello of the program. */
export function helloOf(ctx: Context): "default" | "classical" {
  return sendsLargeHello(ctx) ? "default" : "classical";
}

/** How to shake hands in that variant on the Node that runs this. */
export function wishOf(variant: Handshake["variant"]): Partial<TlsWish> {
  switch (variant) {
    case "default":
      return large();
    case "classical":
      return { groups: CLASSICAL_GROUPS };
    case "tls12":
      return { groups: CLASSICAL_GROUPS, maxVersion: "TLSv1.2" };
    case "decoy-name":
      return { ...large(), servername: DECOY_NAME };
    case "classical-decoy":
      return { groups: CLASSICAL_GROUPS, servername: DECOY_NAME };
    case "tiny-reply":
      return { groups: CLASSICAL_GROUPS, minVersion: "TLSv1.2", maxVersion: "TLSv1.2", ciphers: REFUSED_CIPHERS };
  }
}

/** The handshake of the program itself: its ClientHello, and the client certificate that it was given. */
export function programWish(ctx: Context): Partial<TlsWish> {
  const { certificate } = clientCertificateOf(ctx);
  return { ...wishOf(helloOf(ctx)), ...certificate };
}

/** The client certificate that Claude Code would show. `problem` = why it cannot be shown. */
export function clientCertificateOf(ctx: Context): {
  readonly certificate?: Pick<TlsWish, "cert" | "key" | "passphrase">;
  readonly path?: string;
  readonly problem?: string;
} {
  const { environment, machine } = ctx;
  const path = environment.client === "claude-code" ? environment.value("CLAUDE_CODE_CLIENT_CERT") : undefined;
  if (path === undefined || path === "") return {};
  const keyPath = environment.value("CLAUDE_CODE_CLIENT_KEY") ?? "";
  const passphrase = environment.value("CLAUDE_CODE_CLIENT_KEY_PASSPHRASE");
  const cert = machine.readText(pathAsTaken(machine, path));
  const key = keyPath === "" ? cert : machine.readText(pathAsTaken(machine, keyPath));
  if (cert === undefined) return { path, problem: "certificate-unreadable" };
  if (key === undefined) return { path, problem: "key-unreadable" };
  const certificate = { cert, key, ...(passphrase === undefined ? {} : { passphrase }) };
  try {
    createSecureContext(certificate);
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code ?? "";
    const problem = /MISMATCH/.test(code)
      ? "key-mismatch"
      : /PASS|DECRYPT|BAD_DECRYPT/i.test(code)
        ? "passphrase"
        : "unusable";
    return { path, problem };
  }
  return { path, certificate };
}

function large(): Partial<TlsWish> {
  return hasPostQuantum() ? {} : { alpn: ["http/1.1", ...PADDING] };
}

/** Whether this Node knows the post-quantum group, and then also sends it. */
function hasPostQuantum(): boolean {
  try {
    createSecureContext({ ecdhCurve: "X25519MLKEM768" });
    return true;
  } catch {
    return false;
  }
}
