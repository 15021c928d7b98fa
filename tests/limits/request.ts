// A request of one key, as small as it can be.

import { type Exchange, newTally } from "@fairlead/engine";
import { Signal } from "@fairlead/runtime";

/** A count of tokens by the key of a number: it draws one request. */
export function requestOf(key: number): Exchange {
  return {
    ...{ id: "req", attempt: 0, method: "POST", path: "/v1/messages/count_tokens", headers: [], body: null },
    look: {
      ...{ dialect: "claude" as const, model: "claude-haiku-4-5", modelSpans: [], stream: false },
      ...{ maxTokens: undefined, userId: undefined },
    },
    principal: { project: "web", keyId: `k${key}` },
    signal: new Signal(),
    ...{ deadline: Number.POSITIVE_INFINITY, once: false, callerRetries: 0, target: undefined },
    ...{ priority: "interactive" as const, tally: newTally(), tried: [] },
  };
}
