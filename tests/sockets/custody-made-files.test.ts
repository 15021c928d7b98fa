// Files that code execution makes at the upstream: the project whose answer told of them reaches them, and no other.

import type { Gateway } from "@fairlead/gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BLUE, type CustodyWorld, custodyWorld, RED } from "../clients/custody-world.ts";
import { frame, MESSAGE, startUpstream, type Upstream } from "./upstream.ts";

const made = (id: string) => ({
  type: "bash_code_execution_tool_result",
  tool_use_id: "srvtoolu_1",
  content: {
    type: "bash_code_execution_result",
    stdout: "",
    stderr: "",
    return_code: 0,
    content: [{ type: "bash_code_execution_output", file_id: id }],
  },
});
const TOOLS = [{ type: "code_execution_20250825", name: "code_execution" }];
const body = (more: object = {}) => ({
  model: "claude-test",
  max_tokens: 16,
  tools: TOOLS,
  messages: [{ role: "user", content: "plot it" }],
  ...more,
});

describe("files that code execution made", () => {
  let world: CustodyWorld;
  let upstream: Upstream;
  let gateway: Gateway;
  let other: Gateway;
  const say = (...content: unknown[]) => JSON.stringify({ ...JSON.parse(MESSAGE), content });
  const ask = (at: Gateway, key: string, path: string, sent?: object) =>
    fetch(`${at.url}${path}`, {
      method: sent === undefined ? "GET" : "POST",
      headers: { "x-api-key": key, "anthropic-version": "2023-06-01", "content-type": "application/json" },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
  const reaches = async (at: Gateway, key: string, id: string) => (await ask(at, key, `/v1/files/${id}`)).status;

  beforeAll(async () => {
    world = await custodyWorld();
    upstream = await startUpstream((req, res) => {
      const json = { "content-type": "application/json", "request-id": "req_up" };
      if (req.url?.startsWith("/v1/files/")) {
        res.writeHead(200, json).end(JSON.stringify({ id: req.url.slice(10), type: "file" }));
      } else if (req.url?.endsWith("/results")) {
        res.writeHead(200, { "content-type": "application/x-jsonl" });
        const line = { custom_id: "a", result: { type: "succeeded", message: JSON.parse(say(made("file_batch"))) } };
        const text = `${JSON.stringify(line)}\n`;
        res.write(text.slice(0, 150));
        res.end(text.slice(150));
      } else if (req.url?.startsWith("/v1/messages/batches")) {
        res.writeHead(200, json).end(JSON.stringify({ id: "msgbatch_1", type: "message_batch", results_url: null }));
      } else {
        res.writeHead(500).end();
      }
    });
    gateway = await world.gateway({ urls: { near: upstream.url } });
    other = await world.gateway({ urls: { near: upstream.url } });
  });
  afterAll(async () => {
    await world.close();
    await upstream.close();
  });

  /** What the upstream answers to messages from now on. */
  const answering = (send: (res: Parameters<Upstream["behave"]>[1]) => void) => {
    const before = upstream.behave;
    upstream.behave = (req, res, sent) => (req.url === "/v1/messages" ? send(res) : before(req, res, sent));
  };

  test("are the asker's own, told in one piece", async () => {
    const text = say({ type: "text", text: "done" }, made("file_json"));
    answering((res) => res.writeHead(200, { "content-type": "application/json" }).end(text));
    expect(await reaches(gateway, RED, "file_json")).toBe(404);
    expect(await (await ask(gateway, RED, "/v1/messages", body())).text()).toBe(text);
    expect(await reaches(gateway, RED, "file_json")).toBe(200);
    expect(await reaches(other, RED, "file_json")).toBe(200);
    expect(await reaches(gateway, BLUE, "file_json")).toBe(404);
  });

  test("are the asker's own on every instance by the time a stream tells of them", async () => {
    const events = [
      frame("message_start", { message: { ...JSON.parse(MESSAGE), content: [] } }),
      frame("content_block_start", { index: 0, content_block: made("file_sse") }),
      frame("content_block_stop", { index: 0 }),
      frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }),
      frame("message_stop", {}),
    ];
    let finish = () => {};
    answering((res) => {
      res.writeHead(200, { "content-type": "text/event-stream" });
      res.write(events.slice(0, 3).join(""));
      finish = () => res.end(events.slice(3).join(""));
    });
    const answer = await ask(gateway, RED, "/v1/messages", body({ stream: true }));
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    let text = "";
    while (!text.includes("file_sse")) text += Buffer.from((await reader.read()).value ?? []).toString();
    expect(await reaches(other, RED, "file_sse")).toBe(200);
    expect(await reaches(other, BLUE, "file_sse")).toBe(404);
    finish();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += Buffer.from(value).toString();
    }
    expect(text).toBe(events.join(""));
  });

  test("are the asker's own in the results of a batch", async () => {
    expect((await ask(gateway, RED, "/v1/messages/batches", { requests: [] })).status).toBe(200);
    expect(await reaches(gateway, RED, "file_batch")).toBe(404);
    const results = await (await ask(gateway, RED, "/v1/messages/batches/msgbatch_1/results")).text();
    expect(JSON.parse(results).result.message.content[0]).toEqual(made("file_batch"));
    expect(await reaches(other, RED, "file_batch")).toBe(200);
    expect(await reaches(other, BLUE, "file_batch")).toBe(404);
  });

  test("nobody gets hold of a file by having a model name it, nor of one that has an owner", async () => {
    const input = { type: "container_upload", file_id: "file_direct" };
    const text = say(
      { type: "text", text: '"file_id":"file_direct"' },
      { type: "tool_use", id: "toolu_1", name: "x", input },
    );
    answering((res) => res.writeHead(200, { "content-type": "application/json" }).end(text));
    expect((await ask(gateway, BLUE, "/v1/messages", body())).status).toBe(200);
    expect(await reaches(gateway, BLUE, "file_direct")).toBe(404);
    answering((res) => res.writeHead(200, { "content-type": "application/json" }).end(say(made("file_json"))));
    expect((await ask(gateway, BLUE, "/v1/messages", body())).status).toBe(200);
    expect(await reaches(gateway, BLUE, "file_json")).toBe(404);
    expect(await reaches(gateway, RED, "file_json")).toBe(200);
  });

  test("in a history, an id that nobody has passes, and another project's does not", async () => {
    answering((res) => res.writeHead(200, { "content-type": "application/json" }).end(MESSAGE));
    const history = (id: string) =>
      body({
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: [made(id)] },
          { role: "user", content: "b" },
        ],
      });
    expect((await ask(gateway, RED, "/v1/messages", history("file_of_before"))).status).toBe(200);
    expect((await ask(gateway, RED, "/v1/messages", history("file_json"))).status).toBe(200);
    expect((await ask(gateway, BLUE, "/v1/messages", history("file_json"))).status).toBe(404);
  });
});
