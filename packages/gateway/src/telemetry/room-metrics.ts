// The metrics of the rooms around the engine: counters that they add to, gauges that they give a reader.

import { Counter, Gauge, type Sample } from "./registry.ts";

/** A gauge whose reader comes later, from the room that knows. Without one it prints no sample. */
export class Slot extends Gauge {
  /** Reads the samples: label values in the order of `labels`, and a number. Must be cheap and must not throw. */
  read: () => readonly Sample[] = () => [];

  constructor(name: string, help: string, labels: readonly string[], kind: "gauge" | "counter" = "gauge") {
    super(name, help, labels, () => this.read(), kind);
  }
}

/**
 * One object for all rooms, so that dashboards and rules find every name in one place. Labels are names from the
 * configuration or words from a fixed list; nothing that a caller makes up and nothing secret goes into them.
 */
export class RoomMetrics {
  readonly streamResumes = new Counter(
    "fairlead_stream_resumes_total",
    "Streams taken up again by their clients, by result; none while this version offers no resuming.",
    ["result"],
  );
  readonly limitRefusals = new Counter(
    "fairlead_limit_refusals_total",
    "Requests refused by a limit or budget of ours, by project and by which: requests, input_tokens, output_tokens, streams, usd_per_hour, usd_per_day, usd_per_month, duplicates.",
    ["project", "limit"],
  );
  readonly limitUsed = new Slot(
    "fairlead_limit_used_ratio",
    "How much of a limit or budget of a project is used, 0 to 1; the fullest where there are several.",
    ["project", "limit"],
  );
  readonly limitMode = new Slot(
    "fairlead_limit_mode",
    "How limits are kept: 0 here alone or exact with all instances, 1 by shares because the store of limits is away.",
    [],
  );
  readonly spoolUsed = new Slot(
    "fairlead_ledger_spool_used_ratio",
    "How full the ledger's spool on disk is, 0 to 1.",
    [],
  );
  readonly spoolRows = new Slot(
    "fairlead_ledger_spool_rows",
    "Rows of the ledger that wait in the spool for the store.",
    [],
  );
  readonly spoolAge = new Slot(
    "fairlead_ledger_spool_age_seconds",
    "How long the oldest row waits in the spool; 0 without any.",
    [],
  );
  readonly ledgerRows = new Slot(
    "fairlead_ledger_rows_total",
    "Rows by what became of them: shipped, refused (the store will never take them), crashed (written for attempts of a process that died).",
    ["result"],
    "counter",
  );
  readonly storeUp = new Slot("fairlead_store_up", "Whether a store answers: 1 or 0. Requests go on without it.", [
    "store",
  ]);
  readonly configRevision = new Slot(
    "fairlead_config_revision_info",
    "1, with the revision of the configuration in force.",
    ["revision"],
  );
  readonly configStale = new Slot(
    "fairlead_config_stale_seconds",
    "For how long the configuration in force has been another than the one wanted; 0 when it is the one.",
    [],
  );
  readonly configReloads = new Counter(
    "fairlead_config_reloads_total",
    "Attempts to apply a configuration by result: applied, unchanged, refused, trial, rolled-back.",
    ["result"],
  );
  readonly redactionFindings = new Counter(
    "fairlead_redaction_findings_total",
    "Findings in requests and answers by kind, and what was done: report, mask, refuse.",
    ["project", "kind", "action"],
  );
  readonly redactionSeconds = new Slot(
    "fairlead_redaction_seconds_total",
    "Time that looking for what must not leave took.",
    [],
    "counter",
  );
  readonly custodyRefusals = new Counter(
    "fairlead_custody_refusals_total",
    "Requests for files and batches that a project does not have, by what (file, batch) and why: foreign (another project's), unknown (nobody's).",
    ["project", "what", "why"],
  );
  readonly custodyWaiting = new Slot(
    "fairlead_custody_waiting",
    "Files and batches whose owner is on this machine's disk and not in the store yet.",
    [],
  );
  readonly tokensIssued = new Counter(
    "fairlead_access_tokens_total",
    "Calls of POST /oauth/token by grant (client_credentials, refresh_token, device_code, jwt-bearer, other) and result: issued, or the error.",
    ["grant", "result"],
  );
  readonly logins = new Counter("fairlead_logins_total", "Sign-ins of people on the admin side by result.", ["result"]);
  readonly credentialExpiry = new Slot(
    "fairlead_credential_expiry_seconds",
    "Time left until something lapses: certificates of upstreams, keys made for four weeks or more (by project), the newest signing key, which is renewed by itself. The soonest of a name.",
    ["kind", "name"],
  );
  readonly secretReads = new Counter(
    "fairlead_secret_reads_total",
    "Readings of secrets by where from (file, aws-sm, vault) and result: same, changed, failed.",
    ["manager", "result"],
  );
  readonly secretAge = new Slot(
    "fairlead_secret_age_seconds",
    "How long ago the secret that was read longest ago was read well, by where from. Grows while a manager is down.",
    ["manager"],
  );
  readonly alerts = new Counter(
    "fairlead_alerts_total",
    "Alerts by rule and what happened: fired, resolved, muted, claimed by another instance.",
    ["rule", "what"],
  );
  readonly alertsFiring = new Slot("fairlead_alerts_firing", "Alerts that fire now, by rule and severity.", [
    "rule",
    "severity",
  ]);
  readonly alertDeliveries = new Counter(
    "fairlead_alert_deliveries_total",
    "Messages to targets of alerts by result: sent, retried, failed (given up), dropped (the queue was full).",
    ["target", "result"],
  );
  readonly alertTargetUp = new Slot(
    "fairlead_alert_target_up",
    "Whether the last message to a target of alerts arrived: 1 or 0.",
    ["target"],
  );
  readonly spans = new Counter(
    "fairlead_otel_spans_total",
    "Spans of sampled requests by result: exported, failed, dropped (the queue was full).",
    ["result"],
  );

  /** All of them, in the order of printing. */
  all(): ReadonlyArray<Counter | Gauge> {
    return [
      this.streamResumes,
      this.limitRefusals,
      this.limitUsed,
      this.limitMode,
      this.spoolUsed,
      this.spoolRows,
      this.spoolAge,
      this.ledgerRows,
      this.storeUp,
      this.configRevision,
      this.configStale,
      this.configReloads,
      this.redactionFindings,
      this.redactionSeconds,
      this.custodyRefusals,
      this.custodyWaiting,
      this.tokensIssued,
      this.logins,
      this.credentialExpiry,
      this.secretReads,
      this.secretAge,
      this.alerts,
      this.alertsFiring,
      this.alertDeliveries,
      this.alertTargetUp,
      this.spans,
    ];
  }
}
