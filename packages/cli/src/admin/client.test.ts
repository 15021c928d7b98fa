// What is told when something else answers than a gateway, or the answer does not come.

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { CliError } from "../cli-error.ts";
import { askAdmin } from "./client.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const one of servers.splice(0)) {
    one.closeAllConnections();
    one.close();
  }
});

async function answering(listener: RequestListener): Promise<{ url: string; key: string }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: "fl-admin-0123" };
}

const read = (target: { url: string; key: string }) => askAdmin(target, "listUpstreams", {}, 300);
const change = (target: { url: string; key: string }) => askAdmin(target, "revokeKey", { params: { key: "k_1" } }, 300);
const wordsOf = async (work: Promise<unknown>) => {
  const e = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(CliError.is(e)).toBe(true);
  return (e as CliError).message;
};

it.each(["<html>hello</html>", "null", "", '"ok"'])(
  "another server that answers 200 %j is told as one",
  async (body) => {
    const there = await answering((_, res) => res.end(body));
    expect(await wordsOf(read(there))).toContain(`what answers at ${there.url} is no admin address of a gateway (200)`);
  },
);

it("an answer that breaks off is no defect of the command", async () => {
  const there = await answering((_, res) => {
    res.writeHead(200, { "content-length": "100" }).write("{");
    setTimeout(() => res.destroy(), 50);
  });
  expect(await wordsOf(read(there))).toContain("broke off");
  expect(await wordsOf(change(there))).toContain("whether anything was changed is not known");
});

it.each([
  ["before its head", () => {}],
  ["within its body", (_: unknown, res: { write(text: string): void }) => res.write("{")],
] as const)("an answer that does not come, %s", async (_, listener) => {
  const there = await answering(listener as RequestListener);
  expect(await wordsOf(read(there))).toContain("no answer within 0.3 s");
  const words = await wordsOf(change(there));
  expect(words).toContain("whether anything was changed is not known");
  expect(words).not.toContain("Start one");
});

it("nobody there: nothing was changed, and nothing else is said", async () => {
  const there = await answering(() => {});
  servers[0]?.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await wordsOf(change(there))).toMatch(/^no gateway answers at .* \(ECONNREFUSED\)\. Start one/);
});

it("a key that no header can carry is told as that", async () => {
  const { url } = await answering(() => {});
  expect(await wordsOf(read({ url, key: "\u5bc6\u7801" }))).toContain("Check FAIRLEAD_ADMIN_KEY");
});
