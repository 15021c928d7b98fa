// The bytes of a DNS question and the addresses in its answer (RFC 1035), for resolvers that are asked over TCP or HTTPS.

/** Types of records that are asked for. */
export const RECORD = { A: 1, AAAA: 28 } as const;

/** Names of response codes, as c-ares writes them. */
const CODES: readonly string[] = ["", "EFORMERR", "ESERVFAIL", "ENOTFOUND", "ENOTIMP", "EREFUSED"];
const HEADER_BYTES = 12;

/** A question for one name with recursion asked for. `id` is 0 to 65535; 0 is right for HTTPS (RFC 8484). */
export function question(name: string, type: keyof typeof RECORD, id: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  const labels = name
    .split(".")
    .filter((label) => label !== "")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, "latin1")]));
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, RECORD[type], 0, 1])]);
}

/** Addresses in an answer; `error` is c-ares' word for its response code, EBADRESP for bytes that are no answer. */
export function addressesIn(message: Buffer): { readonly addresses: readonly string[]; readonly error?: string } {
  try {
    return parse(message);
  } catch {
    return { addresses: [], error: "EBADRESP" };
  }
}

function parse(message: Buffer): { readonly addresses: readonly string[]; readonly error?: string } {
  const flags = message.readUInt16BE(2);
  if ((flags & 0x8000) === 0) return { addresses: [], error: "EBADRESP" };
  const code = flags & 0x000f;
  if (code !== 0) return { addresses: [], error: CODES[code] ?? "EBADRESP" };
  let at = HEADER_BYTES;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = afterName(message, at) + 4;
  const addresses: string[] = [];
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    at = afterName(message, at);
    const type = message.readUInt16BE(at);
    const length = message.readUInt16BE(at + 8);
    at += 10;
    if (at + length > message.length) throw new RangeError("cut short");
    if (type === RECORD.A && length === 4) addresses.push([...message.subarray(at, at + 4)].join("."));
    if (type === RECORD.AAAA && length === 16) addresses.push(shortest(message.subarray(at, at + 16)));
    at += length;
  }
  return { addresses };
}

function afterName(message: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
}

// WHATWG's URL writes IPv6 addresses in their shortest form (RFC 5952).
function shortest(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}
