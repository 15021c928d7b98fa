// Group robots of WeCom (developer.work.weixin.qq.com/document/path/91770): markdown of at most 4,096 bytes.

import { fitted, readCode, type TargetKind } from "../message.ts";
import { moreText, sentence, title, worst } from "../wording.ts";

const MOST_BYTES = 4_096;
/** 20 messages a minute for each robot. */
const SPACING_MS = 3_100;
/** 45009: too often; -1: the system is busy. */
const LATER = new Set([45_009, -1]);

/** WeCom's three colours: info is green, comment is grey, warning is orange. */
const COLOURS = { critical: "warning", warning: "warning", info: "comment" } as const;

/** A group of WeCom. */
export function wecom(): TargetKind {
  return {
    spacingMs: SPACING_MS,
    print(target, { alerts, language, more, instance, test }) {
      const colour = worst(alerts);
      const head = title(alerts, language, test);
      const text = {
        head: [`## <font color="${colour === undefined ? "info" : COLOURS[colour]}">${head}</font>`],
        lines: alerts.map((alert) => `> ${escaped(sentence(alert, language))}`),
        foot: [`<font color="comment">${escaped(instance)}</font>`],
        more,
        moreText: (count: number) => moreText(count, language),
      };
      const content = fitted(text, "\n", MOST_BYTES);
      return {
        url: target.url,
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify({ msgtype: "markdown", markdown: { content } }),
      };
    },
    read: (body) => readCode(body, "errcode", LATER),
  };
}

function escaped(text: string): string {
  return text.replace(/[<>]/g, (c) => (c === "<" ? "&lt;" : "&gt;"));
}
