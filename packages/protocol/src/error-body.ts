// Reads the body of an error in any of the dialects that an answer can speak.

/**
 * Who wrote the body: the API's own envelope; OpenAI's shape; Google's; AWS's; the edge's refusal of a place
 * (protocol reference 2.5); a page for people; or none of these.
 */
export type ErrorDialect = "anthropic" | "openai" | "google" | "aws" | "edge-forbidden" | "html" | "unknown";

/** What an error body says. Only `dialect` is always there. */
export interface ErrorReading {
  readonly dialect: ErrorDialect;
  /** Anthropic `error.type`, OpenAI `error.type`, Google `error.status`, AWS `__type` without its namespace. */
  readonly type?: string;
  /** The words for people; of a body that is no JSON its first 500 characters, of a page its title. */
  readonly message?: string;
  /** Anthropic `details.error_code`, OpenAI `error.code`, Google the `reason` of an ErrorInfo. */
  readonly code?: string;
  readonly requestId?: string;
  /** `details.attempts`: how many attempts a Fairlead gateway made before it told this error in a stream. */
  readonly attempts?: number;
}

/** Errors are small; more of a body than this is not looked at. */
const MOST = 64 * 1024;

type Fields = Record<string, unknown>;

/** Reads an error body. Never throws: what it cannot read has the dialect `unknown`. */
export function readError(body: Buffer | string): ErrorReading {
  const text = (typeof body === "string" ? body.slice(0, MOST) : body.toString("utf8", 0, MOST)).trim();
  if (text.startsWith("<")) return { dialect: "html", message: titleOf(text) };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return { dialect: "unknown", message: text === "" ? undefined : text.slice(0, 500) };
  }
  // Google's streaming endpoint wraps its error in an array of one.
  const root = fields(Array.isArray(parsed) ? parsed[0] : parsed);
  if (root === undefined) return { dialect: "unknown", message: text.slice(0, 500) };
  const error = fields(root.error);
  return error === undefined ? withoutError(root) : withError(root, error);
}

function withError(root: Fields, error: Fields): ErrorReading {
  const type = string(error.type);
  const message = string(error.message);
  const requestId = string(root.request_id);
  if (root.type === "error") {
    const details = fields(error.details);
    const attempts = typeof details?.attempts === "number" ? details.attempts : undefined;
    return { dialect: "anthropic", type, message, code: string(details?.error_code), requestId, attempts };
  }
  if (type === "forbidden" && root.type === undefined && requestId === undefined) {
    return { dialect: "edge-forbidden", type, message };
  }
  const status = string(error.status);
  if (typeof error.code === "number" && type === undefined) {
    return { dialect: "google", type: status, message, code: reasonOf(error.details), requestId };
  }
  if (message !== undefined || type !== undefined) {
    const code = error.code;
    return {
      dialect: "openai",
      type,
      message,
      code: typeof code === "number" ? String(code) : string(code),
      requestId,
    };
  }
  return { dialect: "unknown", requestId };
}

function withoutError(root: Fields): ErrorReading {
  const kind = string(root.__type);
  const message = string(root.message) ?? string(root.Message);
  if (kind !== undefined || message !== undefined) {
    return { dialect: "aws", type: kind === undefined ? undefined : awsErrorType(kind), message };
  }
  return { dialect: "unknown", message: string(root.error) ?? string(root.detail) };
}

/** The bare exception name of an `x-amzn-errortype` header or a `__type` field, without namespace and address. */
export function awsErrorType(raw: string): string {
  const bare = raw.split(":")[0] ?? "";
  return bare.slice(bare.lastIndexOf("#") + 1).trim();
}

function reasonOf(details: unknown): string | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    const reason = string(fields(detail)?.reason);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function titleOf(page: string): string | undefined {
  const title = /<title[^>]*>([^<]{0,500})/i.exec(page)?.[1]?.replace(/\s+/g, " ").trim();
  return title === "" ? undefined : title;
}

function fields(raw: unknown): Fields | undefined {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) ? (raw as Fields) : undefined;
}

function string(raw: unknown): string | undefined {
  return typeof raw === "string" ? raw : undefined;
}
