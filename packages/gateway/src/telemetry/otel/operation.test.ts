// Which requests are operations of generative AI in a trace, and the routes of all others.

import { expect, it } from "vitest";
import { tracedAs } from "./operation.ts";

it.each([
  ["/v1/messages", "chat"],
  ["/v1/messages?beta=true", "chat"],
  ["/v1/chat/completions", "chat"],
  ["/v1/complete", "text_completion"],
])("%s is %s", (path, operation) => {
  expect(tracedAs(path)).toEqual({ operation });
});

it.each([
  ["/v1/messages/count_tokens?beta=true", "/v1/messages/count_tokens"],
  ["/v1/messages/batches", "/v1/messages/batches"],
  ["/v1/messages/batches/msgbatch_1/results", "/v1/messages/batches/{id}/results"],
  ["/v1/models/claude-opus-5", "/v1/models/{id}"],
  ["/v1/files/file_1?x=1", "/v1/files/{id}"],
  ["/v1/files", "/v1/files"],
])("%s is the route %s", (path, route) => {
  expect(tracedAs(path)).toEqual({ operation: undefined, route });
});
