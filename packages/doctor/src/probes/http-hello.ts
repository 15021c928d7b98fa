// Greets the target without a credential: who is there, and does it speak Claude's API.

import type { Context } from "../context.ts";
import type { Exchanged, HelloFacts } from "../facts/http.ts";
import type { Facts } from "../facts.ts";
import { blocked } from "../graph.ts";
import { type Called, callTarget } from "../http/call.ts";
import { unanswered } from "../http/exchanged.ts";
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
    const direct = ctx.environment.proxyFor(ctx.target.url).use === "direct";
    const other = direct ? otherFamily(facts) : undefined;
    const message = bareMessage(ctx, id);
    const weighs = ctx.options.deep && ctx.target.platform === "custom";
    const beside = other === undefined ? undefined : callTarget(ctx, facts, { ...message, address: other.address });
    const [greeting, said, large] = await Promise.all([
      greets ? callTarget(ctx, facts, hello) : undefined,
      callTarget(ctx, facts, message),
      weighs ? callTarget(ctx, facts, { ...message, body: heavy(message.body ?? "") }) : undefined,
    ]);
    const main = said.exchange;
    const elsewhere = beside === undefined ? undefined : await inPace(ctx, beside, main);
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

/** The other family is a side question: it gets twice as long as the first one took, and this at least, milliseconds. */
const BESIDE_MS = 1_500;

/** Its answer, or silence when it does not come at the pace of the first. */
function inPace(ctx: Context, beside: Promise<Called>, main: Exchanged): Promise<Pick<Called, "exchange">> {
  const ms = Math.max(BESIDE_MS, 2 * main.ms);
  return new Promise((resolve) => {
    const { method, path, host = "" } = main;
    const silent = unanswered({ method, path, host }, { error: "TIMEOUT", message: "", ms: main.ms + ms, bytesIn: 0 });
    const timer = ctx.rt.clock.timer(ms, () => resolve({ exchange: silent }));
    void beside.then(resolve).finally(() => timer.cancel());
  });
}

/** An address of the family that the best one is not of, when it connects and TLS does not already fail there. */
function otherFamily(facts: Facts) {
  const connect = facts["tcp.connect"];
  const best = connect?.connects.find(({ address }) => address === connect.best);
  const mute = facts["tls.handshake"]?.handshakes.filter(({ ok }) => !ok).map(({ address }) => address) ?? [];
  if (best === undefined) return undefined;
  return connect?.connects.find(({ ok, family, address }) => ok && family !== best.family && !mute.includes(address));
}
