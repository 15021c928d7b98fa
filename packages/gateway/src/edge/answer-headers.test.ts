// What of an upstream's headers goes on to the client.

import { expect, it } from "vitest";
import { passedHeaders } from "./answer-headers.ts";

it("takes out what concerns one hop, and what an upstream says in our name", () => {
  const raw = [
    ...["Request-Id", "req_1", "Fairlead-Rewritten", "none", "FAIRLEAD-UPSTREAM", "forged", "fairlead-cache", "hit"],
    ...["connection", "close", "transfer-encoding", "chunked", "content-length", "7", "foo", "1", "fairleads", "2"],
  ];
  expect(passedHeaders(raw, true)).toEqual([
    "Request-Id",
    "req_1",
    "content-length",
    "7",
    "foo",
    "1",
    "fairleads",
    "2",
  ]);
  expect(passedHeaders(raw, false)).not.toContain("content-length");
});
