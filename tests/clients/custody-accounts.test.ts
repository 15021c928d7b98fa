// Several accounts, what was made past the gateway, and a dead store: what is a project's own is found where it is.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Gateway } from "@fairlead/gateway";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ask, batchOf, bodyOf, clientOf, documentOf, idsOf, MODEL, messageWith, upload } from "./custody-calls.ts";
import { BLUE, type CustodyWorld, custodyWorld, RED } from "./custody-world.ts";
import { installed } from "./installed.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

describe("what was made past the gateway", () => {
  let world: CustodyWorld;
  const direct = async (name: string) => {
    const url = (await world.account("near")).regions[0]?.url ?? "";
    return (await upload(new Anthropic({ baseURL: url, apiKey: "sk-ant-upstream-0123456789" }), name)).id;
  };
  beforeAll(async () => {
    world = await custodyWorld();
  });
  afterAll(() => world.close());

  test("is not found with two projects, is found with one, and with `unknown: allow`", async () => {
    const id = await direct("before.txt");
    const two = await world.gateway();
    expect((await ask(two, RED, `/v1/files/${id}`)).status).toBe(404);
    expect((await ask(two, RED, "/v1/messages", messageWith(documentOf(id)))).status).toBe(404);
    expect(await idsOf(clientOf(two, RED).files.list())).toEqual([]);
    const alone = await world.gateway({ projects: ["red"] });
    expect(await idsOf(clientOf(alone, RED).files.list())).toEqual([id]);
    expect((await ask(alone, RED, `/v1/files/${id}/content`)).status).toBe(200);
    expect((await ask(alone, RED, "/v1/messages", messageWith(documentOf(id)))).status).toBe(200);
    const strict = await world.gateway({ projects: ["red"], more: "resources: { unknown: refuse }" });
    expect((await ask(strict, RED, `/v1/files/${id}`)).status).toBe(404);
    const open = await world.gateway({ more: "resources: { unknown: allow }" });
    const own = (await upload(clientOf(open, RED), "own.txt")).id;
    expect((await ask(open, BLUE, `/v1/files/${id}`)).status).toBe(200);
    expect((await ask(open, BLUE, `/v1/files/${own}`)).status).toBe(404);
    expect(await idsOf(clientOf(open, BLUE).files.list())).toEqual([id]);
    expect(await idsOf(clientOf(open, RED).files.list())).toEqual([own, id]);
    const head = await ask(open, BLUE, "/v1/files", undefined, "HEAD");
    expect([head.status, head.headers.get("content-length")]).toEqual([200, null]);
    const shared = await world.gateway({ more: "resources: { isolation: none }" });
    expect((await ask(shared, BLUE, `/v1/files/${own}`)).status).toBe(200);
    expect(await idsOf(clientOf(shared, BLUE).files.list())).toEqual([own, id]);
  });

  test("with `unknown: allow` a list goes on over pages that hold nothing for the caller", async () => {
    const first = await direct("first.txt");
    const open = await world.gateway({ more: "resources: { unknown: allow }" });
    for (let n = 0; n < 5; n += 1) await upload(clientOf(open, RED), `${n}`);
    const last = await direct("last.txt");
    const seen = await idsOf(clientOf(open, BLUE).beta.messages.batches.list());
    expect(seen).toEqual([]);
    const pages: string[] = [];
    let after = "";
    for (;;) {
      const page = await bodyOf(await ask(open, BLUE, `/v1/files?limit=1${after}`));
      expect(page.data.length).toBeLessThanOrEqual(1);
      pages.push(...page.data.map(({ id }: { id: string }) => id));
      if (!page.has_more) break;
      after = `&after_id=${page.last_id}`;
    }
    expect(pages.slice(0, 2)).toEqual([last, first]);
  });
});

describe("two accounts", () => {
  let world: CustodyWorld;
  let near: Gateway;
  let far: Gateway;
  let nearFile: string;
  let farFile: string;
  beforeAll(async () => {
    world = await custodyWorld();
    // The one that comes first takes what is made.
    near = await world.gateway({ accounts: ["near", "far"] });
    far = await world.gateway({ accounts: ["far", "near"] });
    nearFile = (await upload(clientOf(near, RED), "near.txt")).id;
    farFile = (await upload(clientOf(far, RED), "far.txt")).id;
  });
  beforeEach(() => world.forget());
  afterAll(() => world.close());

  test("a file is asked for where it is, whichever upstream goes first", async () => {
    for (const gateway of [near, far]) {
      world.forget();
      expect(await clientOf(gateway, RED).files.retrieveMetadata(farFile)).toMatchObject({ id: farFile });
      expect(world.received("far")).toEqual([`GET /v1/files/${farFile}`]);
      expect(world.received("near")).toEqual([]);
    }
  });

  test("a message, a token count and a batch go where their file is", async () => {
    for (const [path, body] of [
      ["/v1/messages", messageWith(documentOf(farFile))],
      ["/v1/messages", { ...messageWith(documentOf(farFile)), stream: true }],
      ["/v1/messages/count_tokens", messageWith(documentOf(farFile))],
      ["/v1/messages/batches", { requests: [{ custom_id: "a", params: messageWith(documentOf(farFile)) }] }],
    ] as const) {
      world.forget();
      const answer = await ask(near, RED, path, body);
      expect([answer.status, answer.headers.get("fairlead-upstream")]).toEqual([200, "far"]);
      await answer.text();
      expect([world.received("far").length, world.received("near")]).toEqual([1, []]);
    }
  });

  test("files of two accounts in one message are refused with what to do", async () => {
    for (const [path, body] of [
      ["/v1/messages", messageWith(documentOf(nearFile), documentOf(farFile))],
      [
        "/v1/messages/batches",
        { requests: [nearFile, farFile].map((id) => ({ params: messageWith(documentOf(id)) })) },
      ],
    ] as const) {
      const answer = await ask(near, RED, path, body);
      const { error } = await bodyOf(answer);
      expect([answer.status, error.details.error_code]).toEqual([400, "fairlead_files_apart"]);
      expect(error.message).toContain(`${nearFile} at near, ${farFile} at far`);
      expect(error.message).toContain("upload the files again");
    }
    expect([...world.received("near"), ...world.received("far")]).toEqual([]);
  });

  test("a list gathers both accounts, newest first", async () => {
    expect(await idsOf(clientOf(near, RED).files.list())).toEqual([farFile, nearFile]);
    expect(await idsOf(clientOf(near, RED).files.list({ limit: 1 }))).toEqual([farFile, nearFile]);
    expect(await idsOf(clientOf(near, BLUE).files.list())).toEqual([]);
  });

  test("an account that is down tells that, not another account's 404", async () => {
    (await world.account("far")).faults.add({ kind: "overloaded", filter: { path: "*" } });
    const answer = await ask(near, RED, `/v1/files/${farFile}`);
    expect([answer.status, (await bodyOf(answer)).error.type]).toEqual([529, "overloaded_error"]);
    expect((await ask(near, RED, "/v1/messages", messageWith(documentOf(farFile)))).status).toBe(529);
    expect(world.received("near")).toEqual([]);
    // A page cannot be whole without it.
    expect((await ask(near, RED, "/v1/files")).status).toBe(529);
    (await world.account("far")).faults.clear();
  });

  test("an account that the configuration has no more, or not for this model, is told with the fix", async () => {
    const without = await world.gateway({ accounts: ["near"] });
    const gone = await ask(without, RED, `/v1/files/${farFile}`);
    expect([gone.status, (await bodyOf(gone)).error.details.error_code]).toEqual([503, "fairlead_account_gone"]);
    expect((await ask(without, RED, "/v1/messages", messageWith(documentOf(farFile)))).status).toBe(503);
    expect(await idsOf(clientOf(without, RED).files.list())).toEqual([nearFile]);
    const rules = await world.gateway({
      accounts: ["near", "far"],
      more: `models: [{ match: "${MODEL}", upstreams: [near] }, { match: "*", upstreams: [far] }]`,
    });
    const elsewhere = await ask(rules, RED, "/v1/messages", messageWith(documentOf(farFile)));
    const { error } = await bodyOf(elsewhere);
    expect([elsewhere.status, error.details.error_code]).toEqual([400, "fairlead_file_elsewhere"]);
    expect(error.message).toContain("Upload the file again for this model");
  });

  test("what nobody is known to have is looked for at each account, where that is allowed", async () => {
    const url = (await world.account("far")).regions[0]?.url ?? "";
    const direct = await upload(new Anthropic({ baseURL: url, apiKey: "sk-ant-upstream-0123456789" }), "direct.txt");
    const alone = await world.gateway({ accounts: ["near", "far"], projects: ["red"] });
    world.forget();
    expect(await (await ask(alone, RED, `/v1/files/${direct.id}/content`)).text()).toBe("content of direct.txt");
    expect(await clientOf(alone, RED).files.retrieveMetadata(direct.id)).toMatchObject({ id: direct.id });
    expect(world.received("near")).toEqual([`GET /v1/files/${direct.id}`]);
    const none = await ask(alone, RED, "/v1/files/file_nobody");
    expect([none.status, (await bodyOf(none)).error.type]).toEqual([404, "not_found_error"]);
    await clientOf(alone, RED).files.delete(direct.id);
    expect(world.received("far").at(-1)).toBe(`DELETE /v1/files/${direct.id}`);
  });
});

describe("a dead store", () => {
  let world: CustodyWorld;
  beforeAll(async () => {
    world = await custodyWorld();
  });
  afterAll(() => world.close());

  test("loses no owner: what was made meanwhile is the project's own, then and after a restart", async () => {
    const folder = join(world.folder, "later");
    const wish = { store: `sqlite:${join(folder, "fairlead.db")}`, dataDir: join(world.folder, "data-dead") };
    const dead = await world.gateway(wish);
    const red = clientOf(dead, RED);
    const file = await upload(red, "kept.txt");
    const batch = await batchOf(red, [documentOf(file.id), { type: "text", text: "say: hi" }]);
    expect(await red.files.retrieveMetadata(file.id)).toMatchObject({ id: file.id });
    expect((await ask(dead, RED, "/v1/messages", messageWith(documentOf(file.id)))).status).toBe(200);
    expect((await ask(dead, RED, "/v1/messages", messageWith())).status).toBe(200);
    expect((await ask(dead, BLUE, `/v1/files/${file.id}`)).status).toBe(404);
    // What cannot be known is no 404.
    for (const answer of [
      await ask(dead, RED, "/v1/files/file_nobody"),
      await ask(dead, RED, "/v1/messages", messageWith(documentOf("file_nobody"))),
      await ask(dead, RED, "/v1/files"),
    ]) {
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
      expect((await bodyOf(answer)).error.details.error_code).toBe("fairlead_custody_away");
    }
    expect(await world.metrics(dead)).toMatch(/fairlead_custody_waiting 2/);
    await dead.close();

    // A new process on the same folder has it still, and brings it to the store once that is there.
    const again = await world.gateway(wish);
    expect(await clientOf(again, RED).files.retrieveMetadata(file.id)).toMatchObject({ id: file.id });
    mkdirSync(folder);
    await expect.poll(() => world.metrics(again), { timeout: 10_000 }).toMatch(/fairlead_custody_waiting 0/);
    const other = await world.gateway({ store: wish.store });
    expect(await idsOf(clientOf(other, RED).files.list())).toEqual([file.id]);
    expect(await idsOf(clientOf(other, RED).messages.batches.list())).toEqual([batch.id]);
    expect((await ask(other, BLUE, `/v1/messages/batches/${batch.id}`)).status).toBe(404);
  });

  test("keeps no gateway from its files of which it is known that it has one project", async () => {
    const folder = join(world.folder, "alone");
    const wish = { projects: ["red"], store: `sqlite:${join(folder, "x.db")}`, dataDir: `${folder}-data` } as const;
    // Nobody has ever told this one which projects there are: what nobody is known to have may be another's.
    const first = await world.gateway(wish);
    expect((await ask(first, RED, "/v1/files/file_nobody")).status).toBe(503);
    expect((await ask(first, RED, "/v1/files")).status).toBe(503);
    mkdirSync(folder);
    await expect
      .poll(async () => (await ask(first, RED, "/v1/files/file_nobody")).status, { timeout: 10_000 })
      .toBe(404);
    await first.close();
    rmSync(folder, { recursive: true });
    const alone = await world.gateway(wish);
    const red = clientOf(alone, RED);
    const file = await upload(red, "alone.txt");
    expect(await idsOf(red.files.list())).toContain(file.id);
    expect((await ask(alone, RED, "/v1/files/file_nobody")).status).toBe(404);
    expect((await ask(alone, RED, "/v1/messages", messageWith(documentOf("file_nobody")))).status).toBe(200);
  });
});
