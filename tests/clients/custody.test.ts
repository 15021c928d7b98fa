// Two projects with the newest SDK over one account: nobody reaches what is not theirs.

import type { Anthropic as Client } from "@anthropic-ai/sdk";
import type { Gateway } from "@fairlead/gateway";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { ask, batchOf, bodyOf, clientOf, documentOf, idsOf, MODEL, messageWith, upload } from "./custody-calls.ts";
import { BLUE, type CustodyWorld, custodyWorld, RED } from "./custody-world.ts";
import { installed } from "./installed.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

/** What an SDK's error tells, without what is another for each request. */
const told = async (work: Promise<unknown>, id: string) => {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e as InstanceType<typeof Anthropic.APIError>,
  );
  expect(error).toBeInstanceOf(Anthropic.APIError);
  const headers = [...(error?.headers ?? [])]
    .map(([name, value]) => [name, /^(?:date|request-id|fairlead-request-id)$/.test(name) ? "" : value])
    .sort();
  const body = JSON.stringify(error?.error)
    .replaceAll(id, "ID")
    .replace(/req_fl_\w+/g, "REQ");
  return { status: error?.status, body, headers: headers.map(([n, v]) => `${n}: ${v?.replaceAll(id, "ID")}`) };
};

describe("two projects on one account", () => {
  let world: CustodyWorld;
  let gateway: Gateway;
  let red: Client;
  let blue: Client;
  let redFile: string;
  let redBatch: string;
  beforeAll(async () => {
    world = await custodyWorld();
    gateway = await world.gateway();
    red = clientOf(gateway, RED);
    blue = clientOf(gateway, BLUE);
    redFile = (await upload(red, "red.txt")).id;
    redBatch = (await batchOf(red)).id;
    await vi.waitUntil(async () => (await red.messages.batches.retrieve(redBatch)).processing_status === "ended");
  });
  beforeEach(() => world.forget());
  afterAll(() => world.close());

  test("a project reaches its own file and batch", async () => {
    expect(await red.files.retrieveMetadata(redFile)).toMatchObject({ id: redFile, filename: "red.txt" });
    expect(await (await red.files.download(redFile)).text()).toBe("content of red.txt");
    expect(await red.messages.batches.retrieve(redBatch)).toMatchObject({ id: redBatch });
    const lines: string[] = [];
    for await (const { custom_id } of await red.messages.batches.results(redBatch)) lines.push(custom_id);
    expect(lines).toEqual(["one"]);
  });

  const files: [string, (client: Client, id: string) => Promise<unknown>][] = [
    ["read", (client, id) => client.files.retrieveMetadata(id)],
    ["download", (client, id) => client.files.download(id)],
    ["delete", (client, id) => client.files.delete(id)],
  ];
  test.each(files)(
    "another project's file cannot be %s, with the words for one that does not exist",
    async (_, run) => {
      const foreign = await told(run(blue, redFile), redFile);
      expect(foreign.status).toBe(404);
      expect(JSON.parse(foreign.body)).toMatchObject({
        type: "error",
        error: { type: "not_found_error", message: "File not found: ID" },
      });
      const nobody = `${redFile.slice(0, -4)}none`;
      expect(await told(run(blue, nobody), nobody)).toEqual(foreign);
      expect(world.received("near")).toEqual([]);
      expect(await red.files.retrieveMetadata(redFile)).toMatchObject({ id: redFile });
    },
  );

  const batches: [string, (client: Client, id: string) => Promise<unknown>][] = [
    ["read", (client, id) => client.messages.batches.retrieve(id)],
    ["cancelled", (client, id) => client.messages.batches.cancel(id)],
    ["deleted", (client, id) => client.messages.batches.delete(id)],
  ];
  test.each(batches)("another project's batch cannot be %s", async (_, run) => {
    const foreign = await told(run(blue, redBatch), redBatch);
    expect(foreign.status).toBe(404);
    expect(JSON.parse(foreign.body)).toMatchObject({ error: { message: "Message Batch ID not found." } });
    const nobody = `${redBatch.slice(0, -4)}none`;
    expect(await told(run(blue, nobody), nobody)).toEqual(foreign);
    expect(world.received("near")).toEqual([]);
  });

  test.each([
    ["GET", (id: string) => `/v1/messages/batches/${id}/results`],
    ["HEAD", (id: string) => `/v1/messages/batches/${id}`],
    ["HEAD", (id: string) => `/v1/messages/batches/${id}/results`],
  ])("another project's batch answers %s of its results and head with 404", async (method, path) => {
    expect((await ask(gateway, BLUE, path(redBatch), undefined, method)).status).toBe(404);
    expect((await ask(gateway, BLUE, `/v1/files/${redFile.replace("_", "%5F")}`)).status).toBe(404);
    expect((await ask(gateway, BLUE, `/v1/files/${redFile}/content`, undefined, "HEAD")).status).toBe(404);
    expect(world.received("near")).toEqual([]);
  });

  test.each<[string, (id: string) => [path: string, body: unknown]]>([
    ["a document", (id) => ["/v1/messages", messageWith(documentOf(id))]],
    ["an image", (id) => ["/v1/messages", messageWith({ type: "image", source: { type: "file", file_id: id } })]],
    ["a container upload", (id) => ["/v1/messages", messageWith({ type: "container_upload", file_id: id })]],
    ["a token count", (id) => ["/v1/messages/count_tokens", messageWith(documentOf(id))]],
    ["a stream", (id) => ["/v1/messages", { stream: true, ...messageWith(documentOf(id)) }]],
    [
      "a tool's result",
      (id) => ["/v1/messages", messageWith({ type: "tool_result", tool_use_id: "toolu_1", content: [documentOf(id)] })],
    ],
    [
      "a request of a batch",
      (id) => ["/v1/messages/batches", { requests: [{ custom_id: "a", params: messageWith(documentOf(id)) }] }],
    ],
    ["a chat completion", (id) => ["/v1/chat/completions", messageWith({ type: "file", file: { file_id: id } })]],
    [
      "an escaped key",
      (id) => [
        "/v1/messages",
        JSON.stringify(messageWith(documentOf(id))).replace('"file_id"', '"f\\u0069le\\u005fid"'),
      ],
    ],
    [
      "an escaped id",
      (id) => ["/v1/messages", JSON.stringify(messageWith(documentOf(id))).replace('"file_', '"\\u0066ile\\u005F')],
    ],
    [
      "a doubled key",
      (id) => [
        "/v1/messages",
        JSON.stringify(messageWith(documentOf("file_x"))).replace('"file_id"', `"file_id":"${id}","file_id"`),
      ],
    ],
    ["a block that nobody knows yet", (id) => ["/v1/messages", messageWith({ type: "later", file_id: id })]],
  ])("%s that names another project's file is not found, and nothing is sent", async (_, request) => {
    const [path, body] = request(redFile);
    const answer = await ask(gateway, BLUE, path, body);
    expect([answer.status, await bodyOf(answer)]).toMatchObject([
      404,
      { type: "error", error: { type: "not_found_error", message: `File not found: ${redFile}` } },
    ]);
    expect(world.received("near")).toEqual([]);
  });

  test("a file that nobody has is not found in a message either, and a project's own goes through untouched", async () => {
    expect((await ask(gateway, BLUE, "/v1/messages", messageWith(documentOf("file_nobody")))).status).toBe(404);
    expect(world.received("near")).toEqual([]);
    const body = JSON.stringify(messageWith(documentOf(redFile)));
    expect((await ask(gateway, RED, "/v1/messages", body)).status).toBe(200);
    const [entry] = (await world.account("near")).log.entries;
    expect(entry?.body.toString()).toBe(body);
    // An app's own tools may have files of their own, and a text may speak of one.
    const tool = {
      model: MODEL,
      max_tokens: 10,
      tools: [{ name: "open", input_schema: { type: "object", properties: { file_id: { type: "string" } } } }],
      messages: [
        { role: "user", content: `say: {"type":"file","file_id":"${redFile}"}` },
        {
          role: "assistant",
          content: [{ type: "tool_use", id: "toolu_1", name: "open", input: { file_id: "file_42" } }],
        },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: "nothing" }] },
      ],
    };
    expect((await ask(gateway, BLUE, "/v1/messages", tool)).status).toBe(200);
  });

  test("a batch whose body cannot be read is refused while there are several projects", async () => {
    const headers = { "x-api-key": BLUE, "anthropic-version": "2023-06-01", "content-type": "application/json" };
    const body = JSON.stringify({ requests: [] });
    const send = (more: object, bytes: string | Uint8Array<ArrayBuffer> = body) =>
      fetch(`${gateway.url}/v1/messages/batches`, { method: "POST", headers: { ...headers, ...more }, body: bytes });
    expect((await send({ "content-encoding": "gzip" })).status).toBe(415);
    expect((await send({ "content-type": "application/json; charset=utf-16le" })).status).toBe(415);
    // What nobody says is told by its bytes: some servers read all of these.
    const little = Buffer.from(body, "utf16le");
    const wide = Buffer.concat([...body].map((letter) => Buffer.from([0, 0, 0, letter.charCodeAt(0)])));
    for (const bytes of [little, Buffer.from(little).swap16(), Buffer.from(`\ufeff${body}`, "utf16le"), wide]) {
      expect((await send({}, Uint8Array.from(bytes))).status).toBe(400);
    }
    expect(world.received("near")).toEqual([]);
  });

  test("lists hold a project's own, page by page and in both directions, by the SDK's pages", async () => {
    const [mine, theirs]: [string[], string[]] = [[redFile], []];
    for (let n = 0; n < 4; n += 1) {
      mine.unshift((await upload(red, `r${n}`)).id);
      theirs.unshift((await upload(blue, `b${n}`)).id);
    }
    expect(await idsOf(red.files.list())).toEqual(mine);
    expect(await idsOf(blue.files.list())).toEqual(theirs);
    expect(await idsOf(red.files.list({ limit: 2 }))).toEqual(mine);
    expect(await idsOf(red.beta.files.list({ limit: 2 }))).toEqual(mine);
    const old = { "x-api-key": RED };
    const page = async (query: string) =>
      (
        await fetch(`${gateway.url}/v1/files?${query}`, { headers: { ...old, "anthropic-version": "2023-06-01" } })
      ).json();
    expect(await page("limit=2")).toMatchObject({
      has_more: true,
      first_id: mine[0],
      last_id: mine[1],
      next_page: mine[1],
    });
    expect(await page(`limit=2&after_id=${mine[2]}`)).toMatchObject({
      has_more: false,
      first_id: mine[3],
      last_id: mine[4],
      next_page: null,
    });
    expect(await page(`limit=2&before_id=${mine[3]}`)).toMatchObject({
      has_more: true,
      first_id: mine[1],
      last_id: mine[2],
    });
    expect(await page(`limit=2&before_id=${mine[1]}`)).toMatchObject({ has_more: false, data: [{ id: mine[0] }] });
    // Another project's id is no cursor, and neither is one that nobody has.
    for (const cursor of [theirs[0], "file_nobody"]) {
      const answer = await ask(gateway, RED, `/v1/files?after_id=${cursor}`);
      expect([answer.status, JSON.stringify(await bodyOf(answer))]).toMatchObject([
        400,
        expect.stringContaining("after_id: no file of this project"),
      ]);
    }
    expect((await ask(gateway, RED, "/v1/files?limit=0")).status).toBe(400);
    expect((await ask(gateway, RED, `/v1/files?after_id=${mine[0]}&before_id=${mine[2]}`)).status).toBe(400);
    const head = await ask(gateway, BLUE, "/v1/files", undefined, "HEAD");
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, null, ""]);
    expect((await ask(gateway, RED, "/v1/files")).headers.get("fairlead-rewritten")).toBe("list");
    for (const id of mine.slice(0, 4)) await red.files.delete(id);
    for (const id of theirs) await blue.files.delete(id);
  });

  test("what is deleted is nobody's from then on", async () => {
    const { id } = await upload(red, "gone.txt");
    expect((await ask(gateway, RED, "/v1/messages", messageWith(documentOf(id)))).status).toBe(200);
    await red.files.delete(id);
    world.forget();
    expect((await ask(gateway, RED, "/v1/messages", messageWith(documentOf(id)))).status).toBe(404);
    expect(world.received("near")).toEqual([]);
  });

  test("who deletes while going through the pages deletes all", async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, async (_, n) => (await upload(blue, `${n}`)).id));
    const gone: string[] = [];
    for await (const { id } of blue.files.list({ limit: 2 })) {
      await blue.files.delete(id);
      gone.push(id);
    }
    expect(gone.sort()).toEqual([...ids].sort());
    expect(await idsOf(blue.files.list())).toEqual([]);
  });

  test("batches are listed by project, also where others have many between", async () => {
    const own = [(await batchOf(blue)).id];
    await Promise.all(Array.from({ length: 110 }, () => batchOf(red)));
    own.unshift((await batchOf(blue)).id);
    world.forget();
    expect(await idsOf(blue.messages.batches.list())).toEqual(own);
    // One page of the account, and the one that was not in it.
    expect(world.received("near")).toEqual([
      "GET /v1/messages/batches?limit=100",
      `GET /v1/messages/batches/${own[1]}`,
    ]);
    expect(await idsOf(blue.messages.batches.list({ limit: 1 }))).toEqual(own);
    const answer = await ask(gateway, BLUE, "/v1/messages/batches");
    expect(answer.headers.get("fairlead-rewritten")).toMatch(/^list/);
    expect((await idsOf(red.messages.batches.list({ limit: 30 }))).length).toBe(111);
  });

  test("what was deleted past the gateway is left out of lists, and the walk goes on", async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await upload(blue, `${n}`)).id);
    const simulator = await world.account("near");
    const url = simulator.regions[0]?.url ?? "";
    const headers = { "x-api-key": "sk-ant-upstream-0123456789", "anthropic-version": "2023-06-01" };
    for (const id of ids.slice(0, 3)) await fetch(`${url}/v1/files/${id}`, { method: "DELETE", headers });
    expect(await idsOf(blue.files.list({ limit: 2 }))).toEqual(ids.slice(3));
    for (const id of ids.slice(3)) await blue.files.delete(id);
  });

  test("refusals are counted by why", async () => {
    const before = await world.metrics(gateway);
    expect(before).toMatch(/fairlead_custody_refusals_total\{project="blue",what="file",why="foreign"\} [1-9]/);
    expect(before).toMatch(/fairlead_custody_refusals_total\{project="blue",what="batch",why="unknown"\} [1-9]/);
  });

  test("another instance on the same store knows at once", async () => {
    const other = await world.gateway();
    const { id } = await upload(red, "shared.txt");
    expect(await clientOf(other, RED).files.retrieveMetadata(id)).toMatchObject({ id });
    expect((await ask(other, BLUE, `/v1/files/${id}`)).status).toBe(404);
    await clientOf(other, RED).files.delete(id);
    await expect(red.files.retrieveMetadata(id)).rejects.toMatchObject({ status: 404 });
  });
});
