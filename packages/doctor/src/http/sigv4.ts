// AWS Signature Version 4 of one request, by hand: the doctor has no AWS SDK.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHash, createHmac } from "node:crypto";
import { formatRfc3339 } from "@fairlead/protocol";
import { Secret } from "../secret.ts";

/** AWS keys. `token` comes with temporary ones. */
export interface AwsKeys {
  readonly id: Secret;
  readonly secret: Secret;
  readonly token?: Secret;
}

/** What is to be signed. `path` is as sent, without its query. */
export interface Signable {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** `name=value` pairs, encoded. */
  readonly query?: string;
  readonly body: string;
  readonly region: string;
  readonly service: string;
  /** Unix milliseconds. */
  readonly wallMs: number;
}

/** The headers to add. Values that identify the account are Secrets. */
export function signedHeaders(keys: AwsKeys, what: Signable): readonly (readonly [string, string | Secret])[] {
  const stamp = formatRfc3339(what.wallMs).replace(/\.\d+/, "").replace(/[-:]/g, "");
  const day = stamp.slice(0, 8);
  const bodyHash = sha256(what.body);
  const token = keys.token === undefined ? [] : [["x-amz-security-token", keys.token.reveal()] as const];
  const signed = [
    ["host", what.host] as const,
    ["x-amz-content-sha256", bodyHash] as const,
    ["x-amz-date", stamp] as const,
    ...token,
  ];
  const names = signed.map(([name]) => name).join(";");
  // Every service but S3 encodes the path a second time.
  const path = what.path.split("/").map(encode).join("/");
  const query = (what.query ?? "").split("&").filter(Boolean).sort().join("&");
  const canonical = [
    what.method,
    path,
    query,
    ...signed.map(([name, value]) => `${name}:${value}`),
    "",
    names,
    bodyHash,
  ].join("\n");
  const scope = `${day}/${what.region}/${what.service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", stamp, scope, sha256(canonical)].join("\n");
  let key: Buffer | string = `AWS4${keys.secret.reveal()}`;
  for (const part of [day, what.region, what.service, "aws4_request"]) key = hmac(key, part);
  const signature = createHmac("sha256", key).update(text).digest("hex");
  const authorization = `AWS4-HMAC-SHA256 Credential=${keys.id.reveal()}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return [
    ["x-amz-date", stamp],
    ["x-amz-content-sha256", bodyHash],
    ...(keys.token === undefined ? [] : [["x-amz-security-token", keys.token] as const]),
    ["authorization", new Secret(authorization)],
  ];
}

function encode(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
