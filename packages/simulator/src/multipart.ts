// Multipart form data (RFC 7578), as far as an upload of one file needs it.

/** One part of a form. */
export interface FormPart {
  readonly name: string;
  readonly filename?: string;
  readonly contentType?: string;
  readonly content: Buffer;
}

/** The parts of a body, or undefined when it is no well-formed multipart/form-data. */
export function formParts(contentType: string | undefined, body: Buffer): FormPart[] | undefined {
  const match = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? "");
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) return undefined;
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: FormPart[] = [];
  let at = body.indexOf(delimiter);
  while (at >= 0) {
    at += delimiter.length;
    if (body.subarray(at, at + 2).toString("latin1") === "--") return parts;
    const begin = body.indexOf("\r\n", at) + 2;
    const head = body.indexOf("\r\n\r\n", at);
    const end = body.indexOf(`\r\n--${boundary}`, head);
    if (head < 0 || end < 0) return undefined;
    const part = partOf(body.subarray(begin, head).toString("utf8"), body.subarray(head + 4, end));
    if (part === undefined) return undefined;
    parts.push(part);
    at = end + 2;
  }
  return undefined;
}

function partOf(head: string, content: Buffer): FormPart | undefined {
  const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "im").exec(head)?.[1];
  const disposition = field("content-disposition") ?? "";
  const name = /[;\s]name="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) return undefined;
  const filename = /filename="([^"]*)"/i.exec(disposition)?.[1];
  const contentType = field("content-type")?.trim();
  return {
    name,
    content,
    ...(filename === undefined ? {} : { filename }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}
