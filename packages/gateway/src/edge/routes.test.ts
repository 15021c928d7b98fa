// Which requests lead where.

import { describe, expect, it } from "vitest";
import { findRoute, hintFor } from "./routes.ts";

const at = (method: string, path: string) => {
  const found = findRoute(method, path);
  return found === undefined ? "nothing" : "allowed" in found ? `allowed: ${found.allowed}` : found.name;
};

describe("findRoute", () => {
  it.each([
    ["POST", "/v1/messages", "messages"],
    ["GET", "/v1/messages", "allowed: POST"],
    ["post", "/v1/messages", "allowed: POST"],
    ["POST", "/v1/messages/", "nothing"],
    ["POST", "/v1/messages/count_tokens", "count_tokens"],
    ["POST", "/v1/chat/completions", "chat_completions"],
    ["POST", "/v1/complete", "complete"],
    ["GET", "/v1/models", "models"],
    ["HEAD", "/v1/models", "models"],
    ["GET", "/v1/models/claude-sonnet-4-5@20250929", "models"],
    ["GET", "/v1/models/anthropic.claude-opus-4-5-v1%3A0", "models"],
    ["GET", "/v1/models/a/b", "nothing"],
    ["GET", "/v1/models/..", "nothing"],
    ["GET", "/v1/models/.", "nothing"],
    ["DELETE", "/v1/models", "allowed: GET"],
    ["POST", "/v1/messages/batches", "batches"],
    ["GET", "/v1/messages/batches/msgbatch_1", "batches"],
    ["POST", "/v1/messages/batches/msgbatch_1/cancel", "batches"],
    ["GET", "/v1/messages/batches/msgbatch_1/results", "batch_results"],
    ["DELETE", "/v1/messages/batches/msgbatch_1", "batches"],
    ["POST", "/v1/files", "files"],
    ["GET", "/v1/files/file_1/content", "file_content"],
    ["DELETE", "/v1/files/file_1", "files"],
    ["PUT", "/v1/files/file_1", "allowed: GET, DELETE"],
    ["GET", "/v1/organizations/x", "nothing"],
    ["POST", "/V1/messages", "nothing"],
  ])("%s %s is %s", (method, path, wanted) => {
    expect(at(method, path)).toBe(wanted);
  });

  it("creates nothing twice: what makes a batch or a file is sent once", () => {
    for (const path of ["/v1/messages/batches", "/v1/files"]) {
      const route = findRoute("POST", path);
      expect(route !== undefined && "once" in route && route.once).toBe(true);
    }
    const messages = findRoute("POST", "/v1/messages");
    expect(messages !== undefined && "once" in messages && messages.once).toBe(false);
  });

  it.each([
    ["/v1/v1/messages", "twice"],
    ["/messages", "lacks /v1"],
    ["/metrics", "admin"],
    ["/whatever", "POST /v1/messages"],
  ])("hints for %s", (path, word) => {
    expect(hintFor(path)).toContain(word);
  });
});
