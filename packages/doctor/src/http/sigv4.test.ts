// Tests of AWS signatures: their shape, and that everything is signed.

import { expect, test } from "vitest";
import { Secret } from "../secret.ts";
import { signedHeaders } from "./sigv4.ts";

const KEYS = { id: new Secret("AKIDEXAMPLE"), secret: new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY") };
const WHAT = {
  method: "GET",
  host: "bedrock-runtime.us-east-1.amazonaws.com",
  path: "/async-invoke",
  query: "maxResults=1",
  body: "",
  region: "us-east-1",
  service: "bedrock",
  wallMs: Date.UTC(2026, 10, 21, 10, 0, 0),
};

function authorization(keys = KEYS, what = WHAT): string {
  const value = signedHeaders(keys, what).find(([name]) => name === "authorization")?.[1];
  return value instanceof Secret ? value.reveal() : "";
}

test("stamp, scope and signed headers are those of the request", () => {
  const headers = new Map(signedHeaders(KEYS, WHAT));
  expect(headers.get("x-amz-date")).toBe("20261121T100000Z");
  expect(authorization()).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261121\/us-east-1\/bedrock\/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
  );
});

test("a session token is sent and signed", () => {
  const keys = { ...KEYS, token: new Secret("session") };
  expect(authorization(keys)).toContain("host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
  expect(signedHeaders(keys, WHAT).some(([name]) => name === "x-amz-security-token")).toBe(true);
});

test("every part of the request changes the signature", () => {
  const others = [
    { ...WHAT, method: "POST" },
    { ...WHAT, path: "/model/a%3A0/invoke" },
    { ...WHAT, query: "maxResults=2" },
    { ...WHAT, body: "{}" },
    { ...WHAT, region: "us-west-2" },
    { ...WHAT, wallMs: WHAT.wallMs + 1000 },
  ];
  const signatures = [WHAT, ...others].map((what) => authorization(KEYS, what));
  expect(new Set(signatures).size).toBe(signatures.length);
});

test("no secret is printed with the headers", () => {
  expect(JSON.stringify(signedHeaders(KEYS, WHAT))).not.toMatch(/wJalr|Signature=/);
});
