// The kinds of targets by name.

import type { AlertTarget } from "../alert-options.ts";
import type { TargetKind } from "../message.ts";
import { dingtalk } from "./dingtalk.ts";
import { feishu } from "./feishu.ts";
import { slack } from "./slack.ts";
import { webhook } from "./webhook.ts";
import { wecom } from "./wecom.ts";

/** How a kind of target is spoken to. */
export function targetKind(kind: AlertTarget["kind"]): TargetKind {
  switch (kind) {
    case "slack":
      return slack();
    case "feishu":
      return feishu();
    case "dingtalk":
      return dingtalk();
    case "wecom":
      return wecom();
    default:
      return webhook();
  }
}
