// Tests of the ids that answers tell: whose words count, and that bytes wait until an id is noted.

import { Flow, type SourceSink } from "@fairlead/engine";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { filesOfFrames, filesOfMessage, listenedFlow, ResultFiles } from "./made-files.ts";

const output = (type: string, ...ids: string[]) => ({
  type: `${type}_tool_result`,
  tool_use_id: "srvtoolu_1",
  content: { type: `${type}_result`, stdout: "", content: ids.map((file_id) => ({ type: `${type}_output`, file_id })) },
});
const message = (...content: unknown[]) => Buffer.from(JSON.stringify({ id: "msg_1", content }));

describe("files that an answer made", () => {
  test("stand in the results of code execution, in all of its kinds", () => {
    expect(filesOfMessage(message({ type: "text", text: "hi" }))).toEqual([]);
    expect(filesOfMessage(message(output("bash_code_execution", "file_a", "file_b")))).toEqual(["file_a", "file_b"]);
    expect(filesOfMessage(message(output("code_execution", "file_a")))).toEqual(["file_a"]);
    expect(filesOfMessage(message({ type: "container_upload", file_id: "file_c" }))).toEqual(["file_c"]);
  });

  test("what a model says or hands to a caller's tool makes nothing anybody's", () => {
    const blocks = [
      { type: "text", text: '{"type":"container_upload","file_id":"file_a"}' },
      { type: "tool_use", id: "toolu_1", name: "open", input: { type: "container_upload", file_id: "file_a" } },
      { type: "tool_use", id: "toolu_1", name: "x", input: output("bash_code_execution", "file_a") },
      { type: "mcp_tool_result", content: [{ type: "bash_code_execution_output", file_id: "file_a" }] },
      { type: "server_tool_use", input: { file_id: "file_a" } },
    ];
    expect(filesOfMessage(message(...blocks))).toEqual([]);
    const started = (content_block: unknown) =>
      Buffer.from(
        `event: content_block_start\ndata: ${JSON.stringify({ type: "content_block_start", content_block })}\n\n`,
      );
    for (const block of blocks) expect(filesOfFrames(started(block))).toEqual([]);
    expect(filesOfFrames(started(output("bash_code_execution", "file_a")))).toEqual(["file_a"]);
    expect(filesOfMessage(Buffer.from('{"file_id" broken'))).toEqual([]);
    expect(filesOfFrames(Buffer.from('data: {"file_id" broken\n\n'))).toEqual([]);
  });

  test("in results of a batch they are found however the bytes are cut", () => {
    const line = (id: string) =>
      JSON.stringify({
        custom_id: "é",
        result: { type: "succeeded", message: { content: [output("bash_code_execution", id)] } },
      });
    const bytes = Buffer.from(
      [line("file_a"), '{"result":{"type":"canceled"}}', line("file_b"), line("file_c")].join("\n"),
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), (cuts) => {
        const files = new ResultFiles();
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const found = at.slice(1).flatMap((to, n) => [...files.push(bytes.subarray(at[n], to))]);
        expect([...found, ...files.rest()]).toEqual(["file_a", "file_b", "file_c"]);
      }),
    );
  });
});

describe("a flow that is listened to", () => {
  /** A flow whose bytes the test pushes, and what came out of it. */
  function stand(note: (ids: readonly string[]) => Promise<void>) {
    let sink: SourceSink | undefined;
    const log: string[] = [];
    const leader = new Flow(
      {
        start: (to) => {
          sink = to;
        },
        pause: () => log.push("pause"),
        resume: () => log.push("resume"),
        cancel: () => log.push("cancel"),
      },
      undefined,
    );
    const find = (chunk: Buffer) => (chunk.includes("!") ? [chunk.toString()] : []);
    const out: string[] = [];
    const flow = listenedFlow(leader, { find, rest: () => [], note });
    flow.pipe({
      write: (chunk) => {
        out.push(chunk.toString());
        return true;
      },
      end: () => out.push("END"),
      fail: () => out.push("FAIL"),
    });
    return { push: (text: string) => sink?.data(Buffer.from(text)), end: () => sink?.end(), out, log };
  }

  test("holds what tells of a file until it is noted, and what follows with it", async () => {
    let done = () => {};
    const { push, end, out, log } = stand(
      () =>
        new Promise((resolve) => {
          done = resolve;
        }),
    );
    push("a");
    push("b!");
    expect([out, log]).toEqual([["a"], ["pause"]]);
    push("c");
    push("d!");
    end();
    done();
    await Promise.resolve();
    await Promise.resolve();
    expect(out).toEqual(["a", "b!", "c"]);
    done();
    await Promise.resolve();
    await Promise.resolve();
    expect(out).toEqual(["a", "b!", "c", "d!", "END"]);
  });

  test("reads on once it is noted", async () => {
    const { push, out, log } = stand(async () => {});
    push("a!");
    await Promise.resolve();
    await Promise.resolve();
    push("b");
    expect([out, log]).toEqual([
      ["a!", "b"],
      ["pause", "resume"],
    ]);
  });
});
