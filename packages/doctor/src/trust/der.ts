// Reads the few fields of a certificate's DER that node:crypto does not give, or gives only after a full parse.

import { utcMs } from "@fairlead/protocol";

/** Names in a form in which equal ones are equal text, dates in milliseconds since 1970. */
export interface Outline {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** OID of the list of signed certificate timestamps (RFC 6962 section 3.3): only public CAs put it in. */
const SCT_LIST = Buffer.from("060a2b06010401d679020402", "hex");

/** OIDs of basic and of name constraints (RFC 5280 sections 4.2.1.9 and 4.2.1.10). */
const BASIC_CONSTRAINTS = Buffer.from("0603551d13", "hex");
const NAME_CONSTRAINTS = Buffer.from("0603551d1e", "hex");

interface Piece {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The outline of a certificate; undefined for what is none. */
export function outlineOf(der: Uint8Array): Outline | undefined {
  const certificate = pieceAt(der, 0);
  const tbs = certificate === undefined ? undefined : pieceAt(der, certificate.start);
  if (certificate?.tag !== 0x30 || tbs?.tag !== 0x30) return undefined;
  const fields = piecesIn(der, tbs);
  // The version is optional and tagged [0].
  const [, , issuer, validity, subject] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  if (issuer === undefined || validity === undefined || subject === undefined) return undefined;
  const [from, until] = piecesIn(der, validity);
  const notBefore = from === undefined ? undefined : timeOf(der, from);
  const notAfter = until === undefined ? undefined : timeOf(der, until);
  if (notBefore === undefined || notAfter === undefined) return undefined;
  return { subject: nameOf(der, subject), issuer: nameOf(der, issuer), notBefore, notAfter };
}

/** Whether a certificate holds signed certificate timestamps. */
export function hasTimestamps(der: Uint8Array): boolean {
  return Buffer.from(der.buffer, der.byteOffset, der.byteLength).includes(SCT_LIST);
}

/** How many authorities may stand between this one and a leaf; undefined = any number. */
export function pathLengthOf(der: Uint8Array): number | undefined {
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.byteLength);
  const at = bytes.indexOf(BASIC_CONSTRAINTS);
  if (at < 0) return undefined;
  const next = pieceAt(der, at + BASIC_CONSTRAINTS.length);
  // Between the name and the value stands the mark "critical".
  const value = next?.tag === 0x01 ? pieceAt(der, next.end) : next;
  const inner = value?.tag === 0x04 ? pieceAt(der, value.start) : undefined;
  const length = inner === undefined ? undefined : piecesIn(der, inner).find(({ tag }) => tag === 0x02);
  return length === undefined ? undefined : der[length.end - 1];
}

/** Whether an authority may sign certain names only. */
export function limitsNames(der: Uint8Array): boolean {
  return Buffer.from(der.buffer, der.byteOffset, der.byteLength).includes(NAME_CONSTRAINTS);
}

function pieceAt(der: Uint8Array, at: number): Piece | undefined {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  let length = first;
  let start = at + 2;
  if (first > 0x80) {
    length = 0;
    for (let i = 0; i < first - 0x80; i += 1) length = length * 256 + (der[start + i] ?? 0);
    start += first - 0x80;
  }
  const end = start + length;
  return end > der.length ? undefined : { tag, start, end };
}

function piecesIn(der: Uint8Array, outer: Piece): Piece[] {
  const pieces: Piece[] = [];
  for (let at = outer.start; at < outer.end; ) {
    const piece = pieceAt(der, at);
    if (piece === undefined) break;
    pieces.push(piece);
    at = piece.end;
  }
  return pieces;
}

/** As OpenSSL compares names: the kind of string, case and double spaces do not count. */
function nameOf(der: Uint8Array, name: Piece): string {
  const parts: string[] = [];
  for (const set of piecesIn(der, name))
    for (const attribute of piecesIn(der, set)) {
      const [type, value] = piecesIn(der, attribute);
      if (type === undefined || value === undefined) continue;
      const bytes = Buffer.from(der.slice(value.start, value.end));
      const text =
        value.tag === 0x1e && bytes.length % 2 === 0 ? bytes.swap16().toString("utf16le") : bytes.toString("utf8");
      const oid = Buffer.from(der.slice(type.start, type.end)).toString("hex");
      parts.push(`${oid}=${text.trim().replace(/\s+/g, " ").toLowerCase()}`);
    }
  return parts.join("\n");
}

function timeOf(der: Uint8Array, piece: Piece): number | undefined {
  const text = Buffer.from(der.slice(piece.start, piece.end)).toString("latin1");
  const found = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?Z$/.exec(text);
  if (found === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  // Two digits: RFC 5280 section 4.1.2.5.1.
  const full = piece.tag === 0x17 ? year + (year >= 50 ? 1900 : 2000) : year;
  return utcMs(full, month, day, hour, minute, second);
}
