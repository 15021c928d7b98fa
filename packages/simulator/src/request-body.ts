// Reads a request's body: every byte kept, the size bounded, compressed bodies decoded, JSON parsed.

import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import type { Exchange } from "./exchange.ts";
import { invalid, type Problem } from "./problem.ts";

/** A body that arrived whole, a problem to answer with, or `gone` when the client left in the middle. */
export type BodyResult = { body: Buffer } | { problem: Problem } | "gone";

/** The answer to a body above the bound (protocol.md 2.2). */
export const TOO_LARGE: Problem = {
  status: 413,
  type: "request_too_large",
  message: "Request exceeds the maximum allowed number of bytes.",
  headers: { connection: "close" },
};

/** Reads the raw body. Answers a declared length above `most` at once, without reading. */
export async function readBody(
  exchange: Exchange,
  most: number,
  keep: (body: Buffer, complete: boolean) => void,
): Promise<BodyResult> {
  if (Number(exchange.header("content-length") ?? 0) > most) {
    keep(Buffer.alloc(0), false);
    return { problem: TOO_LARGE };
  }
  const parts: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const { req } = exchange;
    const finish = (result: BodyResult, complete: boolean) => {
      req.removeAllListeners("data");
      req.removeAllListeners("end");
      stop();
      keep(Buffer.concat(parts), complete);
      resolve(result);
    };
    const stop = exchange.onOver(() => finish("gone", false));
    req.on("data", (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size > most) finish({ problem: TOO_LARGE }, false);
    });
    req.on("end", () => finish({ body: Buffer.concat(parts) }, true));
  });
}

/** The JSON object in a body, decoded by its content-encoding. */
export async function parseJson(
  exchange: Exchange,
  body: Buffer,
  most: number,
): Promise<Record<string, unknown> | Problem> {
  const plain = await decoded(exchange.header("content-encoding"), body, most);
  if (!Buffer.isBuffer(plain)) return plain;
  let value: unknown;
  try {
    value = JSON.parse(plain.toString("utf8"));
  } catch (error) {
    return invalid(`The request body is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return invalid("Input should be a valid dictionary or object to extract fields from");
  }
  return value as Record<string, unknown>;
}

/** True when a parsed body is in fact a problem. */
export function isProblem(value: Record<string, unknown> | Problem): value is Problem {
  return typeof value.status === "number" && typeof value.message === "string" && typeof value.type === "string";
}

const DECODERS: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

async function decoded(encoding: string | undefined, body: Buffer, most: number): Promise<Buffer | Problem> {
  const name = (encoding ?? "").trim().toLowerCase();
  if (name === "" || name === "identity") return body;
  const decode = DECODERS[name];
  if (decode === undefined) {
    return invalid(`Unsupported content-encoding "${name}"`, "request_body_encoding_unsupported");
  }
  try {
    return await decode(body, { maxOutputLength: most });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      return { ...TOO_LARGE, details: { error_code: "request_body_too_large_after_decoding" } };
    }
    return invalid(`The request body could not be decoded as ${name}`, "request_body_encoding_invalid");
  }
}
