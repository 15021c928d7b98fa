// Greets the target without a credential: who is there, and does it speak Claude's API.

import type { HelloFacts } from "../facts/http.ts";
import { blocked } from "../graph.ts";
import { callTarget } from "../http/call.ts";
import { lineStands } from "../http/line.ts";
import { modelOf } from "../http/model-choice.ts";
import { ANSWER_MS, bareMessage, basePath } from "../http/platform-calls.ts";
import { isClaudes, noteOf, speaks } from "../http/reading.ts";
import { findRightBase, mayBeWrongPath } from "../http/right-base.ts";
import type { Probe } from "../probe.ts";

/** The probe. */
export const httpHello: Probe<"http.hello"> = {
  id: "http.hello",
  layer: "http",
  title: { en: "Who answers there", zh: "对端是谁" },
  after: ["tcp.connect", "tls.handshake", "proxy.tunnel"],
  required: true,
  timeoutMs: 7_000,
  skip: (ctx, facts) => (lineStands(ctx, facts) ? undefined : blocked()),
  async run(ctx, facts) {
    const { id } = modelOf(ctx);
    const greets = ctx.target.platform === "anthropic" || ctx.target.platform === "custom";
    const hello = { method: "GET", path: `${basePath(ctx.target.url)}/api/hello`, timeoutMs: ANSWER_MS };
    const other = otherFamily(
      ctx.environment.proxyFor(ctx.target.url).use === "direct" ? facts["tcp.connect"] : undefined,
    );
    const message = bareMessage(ctx, id);
    const weighs = ctx.options.deep && ctx.target.platform === "custom";
    const [greeting, said, elsewhere, large] = await Promise.all([
      greets ? callTarget(ctx, facts, hello) : undefined,
      callTarget(ctx, facts, message),
      other === undefined ? undefined : callTarget(ctx, facts, { ...message, address: other.address }),
      weighs ? callTarget(ctx, facts, { ...message, body: heavy(message.body ?? "") }) : undefined,
    ]);
    const main = said.exchange;
    const wrong = mayBeWrongPath(main) && greets;
    const right = wrong ? await findRightBase(ctx, facts, id) : undefined;
    const found: HelloFacts = {
      exchanges: greeting === undefined ? [main] : [greeting.exchange, main],
      speaksApi: speaks(main, isClaudes(ctx)),
      ...(large === undefined ? {} : { large: large.exchange }),
      ...right,
      ...(other === undefined || elsewhere === undefined
        ? {}
        : {
            families: other.family === 6 ? { v4: main, v6: elsewhere.exchange } : { v4: elsewhere.exchange, v6: main },
          }),
    };
    // 500 may be a gateway's way to say that it wants words in a message: what comes with the credential tells.
    const clumsy = main.status === 500 && main.author === "gateway";
    const unwell = main.status === undefined || (main.status >= 500 && !clumsy);
    const half = elsewhere !== undefined && elsewhere.exchange.status === undefined;
    return {
      status: !found.speaksApi || unwell ? "fail" : half || clumsy ? "warn" : "pass",
      note: noteOf(main),
      facts: found,
    };
  },
};

/** The same message with blanks before it: four megabytes, an eighth of what the API takes. */
function heavy(body: string): string {
  return `${" ".repeat(4 << 20)}${body}`;
}

/** An address of the family that the best one is not of, when it connects. */
function otherFamily(
  connect:
    | { readonly best?: string; readonly connects: readonly { address: string; family: 4 | 6; ok: boolean }[] }
    | undefined,
) {
  const best = connect?.connects.find(({ address }) => address === connect.best);
  return best === undefined ? undefined : connect?.connects.find(({ ok, family }) => ok && family !== best.family);
}
