// Calls that cannot even be sent come back as no reply: nobody waits for an exception here.

import { systemClock } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { httpCall } from "./http-call.ts";

it.each([
  ["an address that is none", { url: "nonsense" }],
  ["an address of another protocol", { url: "ftp://127.0.0.1:1/" }],
  ["a header that no request can hold", { url: "http://127.0.0.1:1/", headers: { "x-token": "s3cret\n" } }],
  ["a certificate that is none", { url: "https://127.0.0.1:1/", ca: "-----BEGIN CERTIFICATE-----\ns3cret" }],
])("%s is no reply, and nothing of it is told", async (_, call) => {
  const reply = await httpCall({ method: "GET", headers: {}, timeoutMs: 1_000, ...call }, systemClock());
  expect(reply).toMatchObject({ status: 0, reason: expect.stringMatching(/^(?:the|no)/) });
  expect(JSON.stringify(reply)).not.toContain("s3cret");
});
