// Usage, the ledger, the audit log: read only.

import { PICO_PER_USD } from "@fairlead/protocol";
import {
  AUDIT_BEGINNING,
  type AuditEntry,
  auditBreak,
  type LedgerFilter,
  type LedgerRow,
  type UsageLine,
} from "@fairlead/stores";
import type { AUDIT_ROUTES, USAGE_ROUTES } from "../contract/record-routes.ts";
import { projectFor } from "../gate/gate.ts";
import type { NameOf } from "../key-names.ts";
import { csv } from "./csv.ts";
import { type Bench, type Handlers, isoTime, Raw } from "./handler.ts";

/** Entries of the audit log that are read at once. */
const PAGE = 1_000;

interface Asked {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly key?: string | undefined;
  readonly model?: string | undefined;
  readonly upstream?: string | undefined;
}

/** Handlers of usage and the ledger. */
export function usageHandlers({ services }: Bench): Handlers<keyof typeof USAGE_ROUTES> {
  const { ledger } = services;
  return {
    async getUsage({ caller, query }) {
      const filter = filterOf(query, projectFor(caller, query.project));
      const lines = (await ledger.usage(filter, query.by)).map((line) => usageView(line, services.nameOf));
      if (query.format === "json") return { by: query.by, lines };
      const name = `usage-${query.by.join("-")}.csv`;
      return new Raw(csv([...query.by.map(columnOf), ...SUMS], lines), "text/csv; charset=utf-8", {
        headers: { "content-disposition": `attachment; filename="${name}"` },
      });
    },
    async listLedger({ caller, query }) {
      const filter = filterOf(query, projectFor(caller, query.project));
      const asked = query.request === undefined ? filter : { ...filter, requestId: query.request };
      const page = await ledger.rows(asked, query.limit, query.before);
      return { rows: page.rows.map(rowView), next: page.next ?? null };
    },
  };
}

/** Handlers of the audit log. */
export function auditHandlers({ services }: Bench): Handlers<keyof typeof AUDIT_ROUTES> {
  const { audit } = services;
  return {
    async listAudit({ query }) {
      const entries = await audit.entries(query.after, query.limit);
      const last = entries.at(-1);
      return {
        entries: entries.map(entryView),
        next: last !== undefined && entries.length === query.limit ? last.seq : null,
      };
    },
    async verifyAudit({ query }) {
      // Before the walk: what is written meanwhile is behind it.
      const own = services.auditHead?.();
      let last = { seq: 0, hash: AUDIT_BEGINNING };
      let seen = query.head === undefined || query.head === AUDIT_BEGINNING;
      const broken = (at: number, why: "changed" | "cut short" | "head missing") => {
        return { whole: false, entries: last.seq, broken_at: at, why, head: last.hash };
      };
      for (;;) {
        const entries = await audit.entries(last.seq, PAGE);
        const at = auditBreak(entries, last);
        const other = entries.find(({ seq, hash }) => seq === own?.seq && hash !== own.hash)?.seq;
        const odd = at === undefined || (other !== undefined && other < at) ? other : at;
        if (odd !== undefined) {
          last = entries[entries.findIndex(({ seq }) => seq === odd) - 1] ?? last;
          return broken(odd, "changed");
        }
        seen ||= entries.some(({ hash }) => hash === query.head);
        const newest = entries.at(-1);
        if (newest === undefined) break;
        last = newest;
      }
      if (own !== undefined && last.seq < own.seq) return broken(last.seq + 1, "cut short");
      if (!seen) return broken(last.seq + 1, "head missing");
      return { whole: true, entries: last.seq, broken_at: null, why: null, head: last.hash };
    },
  };
}

function filterOf(asked: Asked, project: string | undefined): LedgerFilter {
  const { from, to, key, model, upstream } = asked;
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(project === undefined ? {} : { project }),
    ...(key === undefined ? {} : { keyId: key }),
    ...(model === undefined ? {} : { model }),
    ...(upstream === undefined ? {} : { upstream }),
  };
}

const SUMS = [
  "attempts",
  "failed",
  "estimated",
  "unpriced",
  "input_tokens",
  "cache_write_5m_tokens",
  "cache_write_1h_tokens",
  "cache_read_tokens",
  "output_tokens",
  "thinking_tokens",
  "web_search_requests",
  "web_fetch_requests",
  "usd",
  "pico_usd",
];

function columnOf(dimension: string): string {
  return dimension === "hour" || dimension === "day" ? "at" : dimension;
}

function usageView(line: UsageLine, nameOf?: NameOf) {
  return {
    ...(line.at === undefined ? {} : { at: isoTime(line.at) }),
    ...(line.project === undefined ? {} : { project: line.project }),
    ...(line.keyId === undefined ? {} : { key: line.keyId, key_name: nameOf?.(line.keyId) ?? null }),
    ...(line.model === undefined ? {} : { model: line.model }),
    ...(line.upstream === undefined ? {} : { upstream: line.upstream }),
    ...(line.actor === undefined ? {} : { actor: line.actor }),
    attempts: line.attempts,
    failed: line.failed,
    estimated: line.estimated,
    unpriced: line.unpriced,
    input_tokens: line.inputTokens,
    cache_write_5m_tokens: line.cacheWrite5mTokens,
    cache_write_1h_tokens: line.cacheWrite1hTokens,
    cache_read_tokens: line.cacheReadTokens,
    output_tokens: line.outputTokens,
    thinking_tokens: line.thinkingTokens,
    web_search_requests: line.webSearchRequests,
    web_fetch_requests: line.webFetchRequests,
    usd: Number(line.picoUsd) / PICO_PER_USD,
    pico_usd: String(line.picoUsd),
  };
}

/** The row's fields under names in the style of the rest; what is not known is null. */
function rowView(row: LedgerRow): { [name: string]: unknown } {
  const view: { [name: string]: unknown } = {};
  for (const [field, value] of Object.entries(row)) {
    const name = field.replace(/[A-Z]|\d+[mh](?=[A-Z])/g, (part) => `_${part.toLowerCase()}`);
    view[name] = value ?? null;
  }
  return { ...view, at: isoTime(row.at), pico_usd: String(row.picoUsd), usd: row.picoUsd / PICO_PER_USD };
}

function entryView(entry: AuditEntry) {
  const { seq, at, actor, action, subject, project, from, detail, previous, hash } = entry;
  return {
    seq,
    at: isoTime(at),
    actor,
    action,
    subject,
    project: project ?? null,
    from: from ?? null,
    detail: detail ?? null,
    previous,
    hash,
  };
}
