// Signs a request to a Fairlead gateway (Node 20 or newer). node sign-request.mjs URL KEY_ID KEY BODY
import { createHash, createHmac, randomBytes } from "node:crypto";

export function signedHeader(method, target, body, keyId, key) {
  const signingKey = createHmac("sha256", key).update("fairlead-signing-v1").digest();
  const time = String(Math.floor(Date.now() / 1000));
  const nonce = randomBytes(16).toString("hex");
  const digest = createHash("sha256").update(body).digest("hex");
  const canonical = ["fairlead-hmac-v1", method, target, digest, time, nonce, keyId].join("\n");
  const signature = createHmac("sha256", signingKey).update(canonical).digest("hex");
  return `FL-HMAC-SHA256 key=${keyId}, time=${time}, nonce=${nonce}, body=${digest}, signature=${signature}`;
}

const [address, keyId, key, body] = process.argv.slice(2);
if (body !== undefined) {
  const url = new URL(address);
  const target = url.pathname + url.search;
  const headers = {
    authorization: signedHeader("POST", target, body, keyId, key),
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
  };
  const response = await fetch(url, { method: "POST", headers, body });
  console.log(response.status, await response.text());
}
