// Slack's incoming webhooks (docs.slack.dev, "Sending messages using incoming webhooks" and "Block Kit").

import type { TargetKind } from "../message.ts";
import { moreText, sentence, title, worst } from "../wording.ts";

/** Characters of a section at most (Block Kit, section block), and of a header. */
const SECTION = 3_000;
const HEADER = 150;
/** One message per second and webhook (docs.slack.dev, "Rate limits"). */
const SPACING_MS = 1_000;

const MARKS = { critical: ":red_circle:", warning: ":large_orange_circle:", info: ":large_blue_circle:" } as const;

/** A channel of Slack. */
export function slack(): TargetKind {
  return {
    spacingMs: SPACING_MS,
    print(target, { alerts, language, more, instance, test }) {
      const head = title(alerts, language, test);
      const colour = worst(alerts);
      const sections = alerts.map((alert) => {
        const mark = alert.state === "resolved" ? ":large_green_circle:" : MARKS[alert.severity];
        return section(`${mark} ${escaped(sentence(alert, language))}`);
      });
      if (more > 0) sections.push(section(escaped(moreText(more, language))));
      const body = JSON.stringify({
        // What notifications show, where blocks cannot be.
        text: escaped(alerts.length === 1 && alerts[0] !== undefined ? sentence(alerts[0], language) : head),
        blocks: [
          { type: "header", text: { type: "plain_text", text: head.slice(0, HEADER), emoji: false } },
          ...sections,
          {
            type: "context",
            elements: [{ type: "mrkdwn", text: escaped(`${instance}${colour === undefined ? "" : ` · ${colour}`}`) }],
          },
        ],
      });
      return { url: target.url, headers: { "content-type": "application/json" }, body };
    },
    read: (body) =>
      body.trim() === "ok"
        ? { result: "sent" }
        : { result: "never", why: `the answer is not ok: ${body.slice(0, 100)}` },
  };
}

function section(text: string): object {
  return { type: "section", text: { type: "mrkdwn", text: text.slice(0, SECTION) } };
}

/** The three characters that Slack wants escaped. */
function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
