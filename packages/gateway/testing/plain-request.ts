// Asks over plain HTTP with any header one likes: fetch would not send Host or Origin as told.

import { request as httpRequest } from "node:http";

/** One answer. */
export interface Said {
  readonly status: number;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly text: string;
  /** `error.details.error_code`, when it is a refusal. */
  readonly code: string | undefined;
}

/** Asks, with any header one likes: fetch would not send Host or Origin as told. */
export function ask(
  url: string,
  method: string,
  path: string,
  headers: { readonly [name: string]: string | readonly string[] } = {},
  body?: string,
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const req = httpRequest(
      {
        host: target.hostname,
        port: target.port,
        method,
        path,
        headers: headers as { [name: string]: string },
        agent: false,
      },
      (res) => {
        const parts: Buffer[] = [];
        res.on("data", (part: Buffer) => parts.push(part));
        res.on("end", () => {
          const text = Buffer.concat(parts).toString();
          resolve({ status: res.statusCode ?? 0, headers: res.headers, text, code: codeOf(text) });
        });
        res.on("error", reject);
      },
    );
    req.on("error", reject);
    // A DELETE with a body has no length otherwise.
    if (body !== undefined) req.setHeader("content-length", Buffer.byteLength(body));
    req.end(body);
  });
}

function codeOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { error?: { details?: { error_code?: string } } }).error?.details?.error_code;
  } catch {
    // A page for people shows it as text.
    return /<code>(fairlead_\w+)<\/code>/.exec(text)?.[1];
  }
}
