// Secrets in Vault, against a server that speaks its documented API over real sockets.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, openConfigText } from "@fairlead/gateway";
import { systemClock } from "@fairlead/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startVault, type VaultServer } from "./vault-server.ts";

/** The reference of the token, as it stands in files. */
const TOKEN = ["$", "{T}"].join("");
const KEY = "sk-ant-from-vault-0123456789";
let vault: VaultServer;
let folder: string;

beforeAll(async () => {
  vault = await startVault();
  folder = mkdtempSync(join(tmpdir(), "fairlead-vault-"));
});
afterAll(async () => {
  await vault.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  vault.secrets.clear();
  vault.calls.length = 0;
  vault.sealed = false;
  vault.secrets.set("|secret/fairlead", { anthropic: KEY, number: 7 });
});

/** Loads a file with one upstream whose key is `reference`. */
async function open(reference: string, block = `{ address: "${vault.url}", token: "\${T}" }`, env = {}) {
  const text = `upstreams: [{ name: a, provider: anthropic, api_key: "${reference}" }]
secrets: { vault: ${block} }
store: "memory:"
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
`;
  return openConfigText(text, join(folder, "fairlead.yaml"), { T: "root-token", ...env }, systemClock());
}

async function problem(...args: Parameters<typeof open>): Promise<string> {
  try {
    await open(...args);
  } catch (e) {
    if (ConfigError.is(e)) return e.message;
    throw e;
  }
  return "none";
}

describe("a reference to Vault", () => {
  it("is read with a token, at the path of version 2, and shown only masked", async () => {
    const { config } = await open("vault:secret/fairlead#anthropic");
    expect(config.upstreams[0]?.api_key).toBe(KEY);
    expect(vault.calls).toEqual(["GET secret/data/fairlead"]);
    const { describeConfig } = await import("@fairlead/gateway");
    const shown = JSON.stringify(describeConfig(config));
    expect(shown).not.toContain(KEY);
    expect(shown).not.toContain("root-token");
    expect(shown).toContain(TOKEN);
  });

  it("may be the API's own path, and may leave out the only field", async () => {
    vault.secrets.set("|secret/deep/er", { only: KEY });
    expect((await open("vault:secret/data/deep/er")).config.upstreams[0]?.api_key).toBe(KEY);
  });

  it("takes a mount of several parts and a namespace", async () => {
    vault.secrets.set("team/a|apps/kv/x", { k: KEY });
    const block = `{ address: "${vault.url}", token: "\${T}", mount: apps/kv, namespace: team/a }`;
    expect((await open("vault:apps/kv/x#k", block)).config.upstreams[0]?.api_key).toBe(KEY);
  });

  it("is read after a login by AppRole, whose token serves for all", async () => {
    const block = `{ address: "${vault.url}", role_id: "\${R}", secret_id: "\${S}" }`;
    const { config } = await open("vault:secret/fairlead#anthropic", block, { R: "role-1", S: "secret-1" });
    expect(config.upstreams[0]?.api_key).toBe(KEY);
    expect(vault.calls).toEqual(["POST auth/approle/login", "GET secret/data/fairlead"]);
    expect(await problem("vault:secret/fairlead#anthropic", block, { R: "role-1", S: "wrong-one" })).toMatch(
      /upstreams\[0\]\.api_key: Vault refuses the AppRole login.*invalid role or secret ID/,
    );
  });

  it("takes the address and the token from the variables that Vault's own client uses", async () => {
    const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: "root-token" };
    expect((await open("vault:secret/fairlead#anthropic", "{}", env)).config.upstreams[0]?.api_key).toBe(KEY);
  });

  it("trusts the certificate that the file names, and no other", async () => {
    const openssl = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=vault -addext subjectAltName=IP:127.0.0.1 -keyout ${folder}/k.pem -out ${folder}/c.pem`;
    execFileSync("openssl", openssl.split(" "), { stdio: "ignore" });
    const read = (name: string) => readFileSync(join(folder, name), "utf8");
    const secure = await startVault({ cert: read("c.pem"), key: read("k.pem") });
    secure.secrets.set("|secret/fairlead", { anthropic: KEY });
    try {
      const block = (more: string) => `{ address: "${secure.url}", token: "\${T}"${more} }`;
      const { config } = await open("vault:secret/fairlead#anthropic", block(", ca_file: ./c.pem"));
      expect(config.upstreams[0]?.api_key).toBe(KEY);
      expect(await problem("vault:secret/fairlead#anthropic", block(""))).toMatch(/cannot be reached/);
    } finally {
      await secure.close();
    }
  });

  it.each([
    ["vault:secret/fairlead#other", /has no field other; it has: anthropic, number/],
    ["vault:secret/fairlead", /has 2 fields; name one: vault:secret\/fairlead#anthropic/],
    ["vault:secret/fairlead#number", /is no text/],
    ["vault:secret/none#x", /is not there in Vault/],
    ["vault:fairlead", /must be vault:mount\/path#field/],
    ["vault:secret/../sys#x", /must be vault:mount\/path#field/],
    ["vault:secret/fairlead#", /has nothing after #/],
  ])("%s is told with its place and the fix", async (reference, message) => {
    const told = await problem(reference);
    expect(told).toMatch(/fairlead\.yaml:1:\d+ upstreams\[0\]\.api_key: /);
    expect(told).toMatch(message);
    expect(told).not.toContain(KEY);
  });

  it("tells of a deleted version, a refused token, a sealed Vault, none at all", async () => {
    vault.secrets.set("|secret/gone", undefined);
    expect(await problem("vault:secret/gone#x")).toMatch(/is deleted in its newest version/);
    expect(await problem("vault:secret/fairlead#anthropic", undefined, { T: "old-token" })).toMatch(
      /permission denied.*check the token/,
    );
    vault.sealed = true;
    expect(await problem("vault:secret/fairlead#anthropic")).toMatch(/Vault is sealed/);
    expect(
      await problem("vault:secret/fairlead#anthropic", `{ address: "http://127.0.0.1:1", token: "${TOKEN}" }`),
    ).toMatch(/cannot be reached: the connection was refused/);
    expect(await problem("vault:secret/fairlead#anthropic", "{}")).toMatch(/has no address, and VAULT_ADDR is not set/);
  });

  it("keeps the value that it had when a reload meets a Vault that is down, and says so", async () => {
    vault.sealed = true;
    const text = `upstreams: [{ name: a, provider: anthropic, api_key: "vault:secret/fairlead#anthropic" }]
secrets: { vault: { address: "${vault.url}", token: "\${T}" } }
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
`;
    writeFileSync(join(folder, "x.yaml"), text);
    const known = (reference: string) => (reference === "vault:secret/fairlead#anthropic" ? "sk-known-1" : undefined);
    const env = { T: "root-token" };
    const { config, warnings } = await openConfigText(text, join(folder, "x.yaml"), env, systemClock(), known);
    expect(config.upstreams[0]?.api_key).toBe("sk-known-1");
    expect(warnings.map(({ code, line }) => [code, line])).toContainEqual(["secret_stale", 1]);
  });

  it("takes a token of the environment without its line end, and tells one that no header can hold", async () => {
    const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: "root-token\n" };
    expect((await open("vault:secret/fairlead#anthropic", "{}", env)).config.upstreams[0]?.api_key).toBe(KEY);
    const told = await problem("vault:secret/fairlead#anthropic", "{}", { ...env, VAULT_TOKEN: "root-token\r\nx: y" });
    expect(told).toMatch(/secrets\.vault(?:\.token)?: the environment variable VAULT_TOKEN holds blanks/);
    expect(told).not.toContain("root-token");
  });

  it.each([
    ["http://me:p4ssw0rd@127.0.0.1:1", "{}"],
    ["p4ssw0rd", "{}"],
    ["ftp://p4ssw0rd.example", "{}"],
  ])("tells of an address in the environment that is none, and does not print it: %s", async (address, block) => {
    const told = await problem("vault:secret/fairlead#anthropic", block, {
      VAULT_ADDR: address,
      VAULT_TOKEN: "root-token",
    });
    expect(told).toMatch(/secrets\.vault(?:\.address)?: VAULT_ADDR must be an address such as https/);
    expect(told).not.toContain("p4ssw0rd");
  });

  it("tells of a namespace that no header can hold", async () => {
    const block = `{ address: "${vault.url}", token: "\${T}", namespace: "a\\nb" }`;
    expect(await problem("vault:secret/fairlead#anthropic", block)).toMatch(/secrets\.vault\.namespace: must be/);
    const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: "root-token", VAULT_NAMESPACE: "a\nb" };
    expect(await problem("vault:secret/fairlead#anthropic", "{}", env)).toMatch(/VAULT_NAMESPACE must be/);
  });
});

it("tells Vault's words without what we sent, without anything like a secret, and on one line", async () => {
  const secrets = { T: "hvs.sent-token", R: "role-without", S: "secretIdWithoutDigits" };
  const block = (address: string) => `{ address: "${address}", role_id: "\${R}", secret_id: "\${S}" }`;
  const repeats = createServer((req, res) => {
    const pieces: Buffer[] = [];
    req.on("data", (piece: Buffer) => pieces.push(piece));
    req.on("end", () => {
      const sent = `${req.headers["x-vault-token"]} ${Buffer.concat(pieces).toString()}`;
      res.writeHead(403, { "content-type": "application/json" });
      res.end(JSON.stringify({ errors: [`no right\u001b[2J\nfor ${sent}, nor for ${KEY} ${"x".repeat(400)}`] }));
    });
  });
  await new Promise<void>((resolve) => repeats.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(repeats.address() as AddressInfo).port}`;
  for (const said of [
    await problem("vault:secret/fairlead#anthropic", `{ address: "${address}", token: "\${T}" }`, secrets),
    await problem("vault:secret/fairlead#anthropic", block(address), secrets),
  ]) {
    expect(said).toContain("status 403: no right");
    for (const secret of [KEY, ...Object.values(secrets)]) expect(said).not.toContain(secret);
    expect(said).toMatch(/^[\x20-\x7e]{1,500}$/);
  }
  await new Promise((resolve) => repeats.close(resolve));
});
