// Custom robots of DingTalk (open.dingtalk.com, "Custom robot access"): markdown; the signature goes into the address.

import { createHmac } from "node:crypto";
import { fitted, readCode, type TargetKind } from "../message.ts";
import { moreText, sentence, title } from "../wording.ts";

/** A message may have 20,000 bytes; JSON's escapes take some of it. */
const MOST_BYTES = 12_000;
/** 20 messages a minute for each robot; beyond that it is silent for ten minutes. */
const SPACING_MS = 3_100;
/** 130101: sent too often; -1: the system is busy. */
const LATER = new Set([130_101, -1]);

/** A group of DingTalk. */
export function dingtalk(): TargetKind {
  return {
    spacingMs: SPACING_MS,
    print(target, { alerts, language, more, instance, test }, now) {
      const head = title(alerts, language, test);
      const text = {
        head: [`### ${head}`],
        lines: alerts.map((alert) => `- ${escaped(sentence(alert, language))}`),
        foot: [`> ${escaped(instance)}`],
        more,
        moreText: (count: number) => moreText(count, language),
      };
      return {
        url: target.secret === undefined ? target.url : signed(target.url, target.secret, now),
        headers: { "content-type": "application/json; charset=utf-8" },
        body: JSON.stringify({
          msgtype: "markdown",
          markdown: { title: head, text: fitted(text, "\n\n", MOST_BYTES) },
        }),
      };
    },
    read: (body) => readCode(body, "errcode", LATER),
  };
}

/** The secret is the key; time stamp (milliseconds), a line break and the secret are what is signed. */
function signed(address: string, secret: string, now: number): string {
  const timestamp = String(Math.floor(now));
  const sign = createHmac("sha256", secret).update(`${timestamp}\n${secret}`).digest("base64");
  const url = new URL(address);
  url.searchParams.set("timestamp", timestamp);
  url.searchParams.set("sign", sign);
  return url.href;
}

function escaped(text: string): string {
  return text.replace(/[<>*_`[\]#]/g, (c) => (c === "_" ? "\\_" : c === "<" ? "&lt;" : c === ">" ? "&gt;" : `\\${c}`));
}
