// Custom bots of Feishu and Lark (open.feishu.cn, "Custom bot usage guide"): a card, signed with time stamp and secret.

import { createHmac } from "node:crypto";
import { fitted, readCode, type TargetKind } from "../message.ts";
import { moreText, sentence, title, worst } from "../wording.ts";

/** A request may have 20 KB; the card's frame and escapes take some of it. */
const MOST_BYTES = 12_000;
/** 100 messages a minute and 5 a second for each bot. */
const SPACING_MS = 1_000;
/** 11232: too often; 11233: the tenant too often. */
const LATER = new Set([11_232, 11_233]);

const COLOURS = { critical: "red", warning: "orange", info: "blue" } as const;

/** A group of Feishu or Lark. */
export function feishu(): TargetKind {
  return {
    spacingMs: SPACING_MS,
    print(target, { alerts, language, more, instance, test }, now) {
      const colour = worst(alerts);
      const text = {
        head: [],
        lines: alerts.map((alert) => `**${alert.rule}** ${escaped(sentence(alert, language))}`),
        foot: [],
        more,
        moreText: (count: number) => moreText(count, language),
      };
      const timestamp = String(Math.floor(now / 1_000));
      const body = JSON.stringify({
        ...(target.secret === undefined ? {} : { timestamp, sign: sign(target.secret, timestamp) }),
        msg_type: "interactive",
        card: {
          config: { wide_screen_mode: true },
          header: {
            template: colour === undefined ? "green" : COLOURS[colour],
            title: { tag: "plain_text", content: title(alerts, language, test) },
          },
          elements: [
            { tag: "div", text: { tag: "lark_md", content: fitted(text, "\n", MOST_BYTES) } },
            { tag: "note", elements: [{ tag: "plain_text", content: instance }] },
          ],
        },
      });
      return { url: target.url, headers: { "content-type": "application/json; charset=utf-8" }, body };
    },
    read: (body) => readCode(body, "code", LATER),
  };
}

/** The time stamp, a line break and the secret together are the key; what is signed is empty. */
function sign(secret: string, timestamp: string): string {
  return createHmac("sha256", `${timestamp}\n${secret}`).update("").digest("base64");
}

/** Characters that mean something in lark_md. */
function escaped(text: string): string {
  return text.replace(/[<>*~[\]`]/g, (c) => `&#${c.charCodeAt(0)};`);
}
