// Secrets in AWS Secrets Manager: the real SDK against a local server that speaks the service's JSON protocol.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError, openConfigText } from "@fairlead/gateway";
import { systemClock } from "@fairlead/runtime";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

const KEY = "sk-ant-from-aws-0123456789ab";
let server: Server;
let url: string;
const secrets = new Map([
  ["prod/anthropic", KEY],
  ["prod/all", JSON.stringify({ keys: { anthropic: KEY }, other: 3 })],
]);
const seen: Array<{ target: string; authorization: string; body: string }> = [];

beforeAll(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  server = createServer((req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => {
      body += chunk;
    });
    req.on("end", () => {
      const target = String(req.headers["x-amz-target"]);
      seen.push({ target, authorization: String(req.headers.authorization), body });
      const { SecretId } = JSON.parse(body) as { SecretId: string };
      const say = (status: number, value: unknown) => {
        res.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
        res.end(JSON.stringify(value));
      };
      if (SecretId === "prod/denied")
        return say(400, { __type: "AccessDeniedException", Message: "not authorized to perform" });
      const text = secrets.get(SecretId);
      if (text === undefined)
        return say(400, {
          __type: "ResourceNotFoundException",
          Message: "Secrets Manager can't find the specified secret.",
        });
      return say(200, {
        ARN: "arn:x",
        Name: SecretId,
        SecretString: text,
        VersionId: "v1",
        VersionStages: ["AWSCURRENT"],
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function open(reference: string, endpoint = url): Promise<string> {
  const text = `upstreams: [{ name: a, provider: anthropic, api_key: "${reference}" }]
secrets: { timeout: 2s, aws: { region: eu-central-1, endpoint: "${endpoint}" } }
store: "memory:"
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
`;
  try {
    const { config } = await openConfigText(text, "/nowhere/fairlead.yaml", {}, systemClock());
    return config.upstreams[0]?.api_key ?? "";
  } catch (e) {
    if (ConfigError.is(e)) return e.message;
    throw e;
  }
}

it("reads a secret and a field of one, signed for the region", async () => {
  expect(await open("aws-sm:prod/anthropic")).toBe(KEY);
  expect(await open("aws-sm:prod/all#keys.anthropic")).toBe(KEY);
  expect(seen[0]?.target).toBe("secretsmanager.GetSecretValue");
  expect(seen[0]?.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/secretsmanager\//,
  );
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ SecretId: "prod/anthropic" });
});

it.each([
  ["aws-sm:prod/none", /AWS has no secret prod\/none here; check its name, the region/],
  ["aws-sm:prod/denied", /AccessDeniedException.*secretsmanager:GetSecretValue/],
  ["aws-sm:prod/all#keys.openai", /has no keys\.openai; where openai should be is: anthropic/],
  ["aws-sm:prod/all#other", /is no text/],
  ["aws-sm:prod/anthropic#x", /is no JSON/],
  ["aws-sm:", /names no secret/],
])("%s is told with the fix and without the secret", async (reference, message) => {
  const told = await open(reference);
  expect(told).toMatch(message);
  expect(told).not.toContain(KEY);
});

it("says when the service cannot be reached", async () => {
  expect(await open("aws-sm:prod/anthropic", "http://127.0.0.1:1")).toMatch(
    /AWS Secrets Manager .* for prod\/anthropic/,
  );
});
