// Request headers that must travel: every `anthropic-*` one, repeated ones, unknown betas, odd case, odd values.

import fc from "fast-check";

/** A value: printable, spaces and commas within, now and then bytes beyond ASCII (as latin1) or nothing at all. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[!-~]([ -~]{0,40}[!-~])?$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[!-~][\t -~\u0080-\u00ff]{0,20}[!-~\u0080-\u00ff]$/) },
  { weight: 1, arbitrary: fc.constant("") },
);
const beta = fc.oneof(
  fc.constantFrom(
    "claude-code-20250219",
    "interleaved-thinking-2025-05-14",
    "fine-grained-tool-streaming-2025-05-14",
    "context-1m-2025-08-07,oauth-2025-04-20",
    "future-thing-2031-01-01, another-one",
    "not a beta at all;q=0.5",
  ),
  fc.stringMatching(/^[a-z0-9-]{3,30}$/),
);
const cased = (name: string) =>
  fc.constantFrom(
    name,
    name.toUpperCase(),
    name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()),
  );

const header: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(cased("anthropic-beta"), beta).map((pair) => [...pair]) },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.stringMatching(/^[a-z0-9_.!#$%&'*+^|~-]{1,24}$/).chain((rest) => cased(`anthropic-${rest}`)),
      value,
    ),
  },
  { weight: 1, arbitrary: fc.tuple(cased("anthropic-dangerous-direct-browser-access"), fc.constant("true")) },
  { weight: 1, arbitrary: fc.tuple(cased("x-claude-code-session-id"), fc.uuid()) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("User-Agent", "x-app", "X-Stainless-Lang", "traceparent"), value) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("idempotency-key", "x-my-own", "baggage", "cookie"), value) },
);

/** Names and values alternating. `anthropic-version` is among them, at any place. */
export const requestHeaders: fc.Arbitrary<string[]> = fc
  .tuple(fc.array(header, { maxLength: 8 }), fc.constantFrom("2023-06-01", "2026-10-21"), fc.nat(8))
  .map(([headers, version, at]) => {
    // The name could be drawn by chance; two versions would make the request a bad one.
    const rest = headers.filter(([name]) => name?.toLowerCase() !== "anthropic-version");
    rest.splice(Math.min(at, rest.length), 0, ["anthropic-version", version]);
    return rest.flat();
  });
