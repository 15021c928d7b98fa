// Any HTTP server: JSON, signed as Standard Webhooks says (github.com/standard-webhooks/standard-webhooks, spec 1.0.0).

import { createHmac } from "node:crypto";
import { formatRfc3339 } from "@fairlead/protocol";
import type { Alert } from "../alert.ts";
import type { TargetKind } from "../message.ts";
import { sentence, title } from "../wording.ts";

/** A generic webhook. */
export function webhook(): TargetKind {
  return {
    spacingMs: 0,
    print(target, bundle, now) {
      const body = JSON.stringify({
        type: bundle.test ? "fairlead.test" : "fairlead.alerts",
        timestamp: formatRfc3339(bundle.at),
        data: {
          instance: bundle.instance,
          title: title(bundle.alerts, bundle.language, bundle.test),
          more: bundle.more,
          alerts: bundle.alerts.map((alert) => view(alert, sentence(alert, bundle.language))),
        },
      });
      const seconds = String(Math.floor(now / 1_000));
      const headers: { [name: string]: string } = {
        "content-type": "application/json",
        "webhook-id": bundle.id,
        "webhook-timestamp": seconds,
      };
      if (target.secret !== undefined) headers["webhook-signature"] = sign(target.secret, bundle.id, seconds, body);
      return { url: target.url, headers, body };
    },
    read: () => ({ result: "sent" }),
  };
}

/** `v1,` and the signature in base64. A secret that begins with whsec_ is base64 of its bytes, any other is its text. */
function sign(secret: string, id: string, seconds: string, body: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  return `v1,${createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

function view(alert: Alert, text: string): object {
  const { rule, watched, severity, state, labels, value, threshold, unit, since, at, fingerprint } = alert;
  return {
    fingerprint,
    rule,
    watched,
    severity,
    state,
    labels,
    value,
    threshold,
    unit,
    since: formatRfc3339(since),
    at: formatRfc3339(at),
    text,
  };
}
