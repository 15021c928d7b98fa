// A Vault that speaks the documented API: AppRole login, KV version 2, namespaces, the answers it gives when all is not well.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";

/** What it knows, and what it saw. */
export interface VaultServer {
  readonly url: string;
  /** Secrets by `namespace|mount/path`; a field may be any JSON value. Undefined: deleted in its newest version. */
  readonly secrets: Map<string, { [field: string]: unknown } | undefined>;
  readonly tokens: Set<string>;
  readonly roles: Map<string, string>;
  /** Method and path of every call, oldest first. */
  readonly calls: string[];
  leaseSeconds: number;
  sealed: boolean;
  close(): Promise<void>;
}

/** Starts it; with a certificate it speaks TLS. */
export async function startVault(tls?: { readonly cert: string; readonly key: string }): Promise<VaultServer> {
  const state = {
    secrets: new Map<string, { [field: string]: unknown } | undefined>(),
    tokens: new Set(["root-token"]),
    roles: new Map([["role-1", "secret-1"]]),
    calls: [] as string[],
    leaseSeconds: 3_600,
    sealed: false,
  };
  let issued = 0;
  const answer = (req: IncomingMessage, res: ServerResponse, body: string) => {
    const say = (status: number, value: unknown) => {
      res.writeHead(status, { "content-type": "application/json" });
      res.end(JSON.stringify(value));
    };
    const path = (req.url ?? "").replace(/^\/v1\//, "");
    state.calls.push(`${req.method} ${path}`);
    if (req.headers["x-vault-request"] !== "true") return say(412, { errors: ["missing X-Vault-Request"] });
    if (state.sealed) return say(503, { errors: ["Vault is sealed"] });
    if (req.method === "POST" && path === "auth/approle/login") {
      const { role_id, secret_id } = JSON.parse(body) as { role_id: string; secret_id: string };
      if (state.roles.get(role_id) !== secret_id) return say(400, { errors: ["invalid role or secret ID"] });
      issued += 1;
      const token = `hvs.issued-${issued}`;
      state.tokens.add(token);
      return say(200, {
        request_id: "r",
        lease_id: "",
        auth: {
          client_token: token,
          accessor: "a",
          policies: ["default"],
          lease_duration: state.leaseSeconds,
          renewable: true,
        },
      });
    }
    if (!state.tokens.has(String(req.headers["x-vault-token"]))) return say(403, { errors: ["permission denied"] });
    const found = /^(.+?)\/data\/(.+)$/.exec(decodeURIComponent(path));
    const key = `${req.headers["x-vault-namespace"] ?? ""}|${found?.[1]}/${found?.[2]}`;
    if (found === null || !state.secrets.has(key)) return say(404, { errors: [] });
    const data = state.secrets.get(key);
    const metadata = { created_time: "2026-11-01T00:00:00Z", custom_metadata: null, destroyed: false, version: 2 };
    if (data === undefined)
      return say(404, { data: { data: null, metadata: { ...metadata, deletion_time: "2026-11-02T00:00:00Z" } } });
    return say(200, {
      request_id: "r",
      lease_duration: 0,
      data: { data, metadata: { ...metadata, deletion_time: "" } },
    });
  };
  const listener = (req: IncomingMessage, res: ServerResponse) => {
    let body = "";
    req.on("data", (chunk: Buffer) => {
      body += chunk;
    });
    req.on("end", () => answer(req, res, body));
  };
  const server = tls === undefined ? createServer(listener) : createSecure(tls, listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
