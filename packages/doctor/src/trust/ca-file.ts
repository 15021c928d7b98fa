// Looks into a file that somebody told a program to trust.

import type { X509Certificate } from "node:crypto";
import type { TrustFile } from "../facts/tls.ts";
import type { Machine } from "../machine.ts";
import { outlineOf } from "./der.ts";
import { blocksOf, parsed } from "./root-store.ts";

/** What is in it. `pem` is the text that a program gets roots from; empty when there are none. */
export interface CaFile {
  readonly problem?: Exclude<TrustFile["problem"], undefined>;
  readonly detail?: string;
  readonly certificates: number;
  readonly subjects: readonly string[];
  readonly pem: string;
}

/** Names that are told, at most. */
const SHOWN = 5;

/** Absolute path as a program would take it: nobody but a shell makes `~` or `$HOME` a folder. */
export function pathAsTaken(machine: Machine, path: string): string {
  const absolute = machine.platform === "win32" ? /^(?:[a-z]:)?[\\/]/i.test(path) : path.startsWith("/");
  return absolute ? path : `${machine.cwd}/${path}`;
}

/** Examines a file. `nowMs` = wall time. `folders`: a folder is what the variable wants. */
export function examine(machine: Machine, path: string, nowMs: number, folders = false): CaFile {
  const taken = pathAsTaken(machine, path);
  const stat = machine.statOf(taken);
  if ("error" in stat) {
    if (stat.error !== "ENOENT" && stat.error !== "ENOTDIR") return bad("unreadable", stat.error);
    return bad("missing", /^(?:~|\$\{?HOME|%USERPROFILE%)/i.test(path) ? "tilde" : stat.error);
  }
  if (stat.kind === "folder") return folders ? ofFolder(machine, taken) : bad("folder");
  const bytes = machine.readBytes(taken);
  return bytes === undefined ? bad("unreadable") : ofBytes(bytes, nowMs);
}

function ofBytes(bytes: Uint8Array, nowMs: number): CaFile {
  if (bytes[0] === 0x30) {
    const one = parsed(bytes);
    return one === undefined
      ? bad("no-certificate", "pkcs12")
      : { ...bad("der"), certificates: 1, subjects: [nameOf(one)] };
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return bad("broken-pem", "utf-16");
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  const begun = text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) return bad("no-certificate", kindOf(text));
  const blocks = blocksOf(text);
  // A long bundle is a copy of the public roots with one more: its members are not looked at one by one.
  const found = blocks.length > 40 ? blocks.map(() => undefined) : blocks.map(parsed);
  const certificates = found.filter((one) => one !== undefined);
  if (blocks.length > 40) return { certificates: blocks.length, subjects: [], pem: text };
  const subjects = certificates.slice(0, SHOWN).map(nameOf);
  const known = { certificates: certificates.length, subjects, pem: text };
  // A mark before the first line hides that line, and with it the first certificate, from OpenSSL.
  if (/^\ufeff-----BEGIN/.test(text)) return { ...known, problem: "broken-pem", detail: "bom" };
  if (certificates.length < begun) return { ...known, problem: "broken-pem" };
  // One that is signed by itself may be trusted without being a CA: a server's own certificate.
  if (!certificates.some((one) => one.ca || one.checkIssued(one))) return { ...known, problem: "not-a-ca" };
  const over = certificates.filter((one) => (outlineOf(one.raw)?.notAfter ?? nowMs) < nowMs);
  return over.length === certificates.length ? { ...known, problem: "expired" } : known;
}

// OpenSSL takes from a folder what is named by the hash of its subject (c_rehash).
function ofFolder(machine: Machine, path: string): CaFile {
  const hashed = machine.list(path).filter((name) => /^[0-9a-f]{8}\.\d+$/.test(name));
  if (hashed.length === 0) return bad("no-certificate", "not-hashed");
  const pem = hashed.map((name) => machine.readText(`${path}/${name}`) ?? "").join("\n");
  return { certificates: blocksOf(pem).length, subjects: [], pem };
}

function kindOf(text: string): string {
  if (text.trim() === "") return "empty";
  if (/-----BEGIN PKCS7-----/.test(text)) return "pkcs7";
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return "private-key";
  return /^\s*<(?:!doctype|html)/i.test(text) ? "html" : "text";
}

function nameOf(one: X509Certificate): string {
  return shortName(one.subject);
}

/** The common name of a distinguished name, else its organisation, else all of it. */
export function shortName(name: string): string {
  const found = /^CN=(.+)$/m.exec(name) ?? /^O=(.+)$/m.exec(name);
  return found?.[1] ?? name.replaceAll("\n", ", ");
}

function bad(problem: Exclude<TrustFile["problem"], undefined>, detail?: string): CaFile {
  return { problem, ...(detail === undefined ? {} : { detail }), certificates: 0, subjects: [], pem: "" };
}
