// A credential for a manager in a file that its agent is just writing, or writes badly.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { defaultSecretOptions } from "../config/secrets-block.ts";
import { SecretManagers } from "./secret-managers.ts";

it("the token of a file counts when it is one, else the one that was loaded", async () => {
  const seen: unknown[] = [];
  const vault = createServer((req, res) => {
    seen.push(req.headers["x-vault-token"]);
    res.end(JSON.stringify({ data: { data: { k: "sk-from-vault" } } }));
  });
  await new Promise<void>((resolve) => vault.listen(0, "127.0.0.1", resolve));
  const folder = mkdtempSync(join(tmpdir(), "fairlead-managers-"));
  const path = join(folder, "token");
  try {
    const token = { value: "loaded-token", from: { kind: "file", text: "file:./token", path } } as const;
    const address = `http://127.0.0.1:${(vault.address() as AddressInfo).port}`;
    const managers = new SecretManagers(
      { ...defaultSecretOptions(), vault: { address, token, auth_mount: "approle" } },
      systemClock(),
    );
    const ref = { kind: "vault", text: "vault:secret/x#k", path: "secret/x", field: "k" } as const;
    for (const text of ["newer-token\n", "", "two words", "t\u00e9\u65e5"]) {
      writeFileSync(path, text);
      expect(await managers.read(ref)).toBe("sk-from-vault");
    }
    expect(seen).toEqual(["newer-token", "loaded-token", "loaded-token", "loaded-token"]);
  } finally {
    rmSync(folder, { recursive: true });
    vault.closeAllConnections();
    await new Promise((resolve) => vault.close(resolve));
  }
});
