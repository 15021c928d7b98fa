// Configuration: shown, compared, checked, put in force, rolled back.

import { AdminRefusal } from "../admin-refusal.ts";
import { audited } from "../audited.ts";
import type { CONFIG_ROUTES } from "../contract/config-routes.ts";
import type { ConfigProblem, RevisionInfo } from "../services.ts";
import { type Bench, found, type Handlers, isoTime, needed } from "./handler.ts";

/** Problems that a refusal names; `validate` tells all. */
const NAMED = 3;

/** Handlers of the configuration. */
export function configHandlers({ services }: Bench): Handlers<keyof typeof CONFIG_ROUTES> {
  const { trail } = services;
  const book = () =>
    needed(services.revisions, "a configuration file", "Start it with `fairlead gateway -c fairlead.yaml`.");
  const one = async (id: string) => found(await book().find(id), "revision", id, "fairlead config list shows them.");
  return {
    async getConfig() {
      const { revision, config, fleet } = book().inForce();
      return { revision: revision === undefined ? null : revisionView(revision), config, fleet };
    },
    async listRevisions() {
      return { revisions: (await book().list()).map(revisionView) };
    },
    async getRevision({ params }) {
      const { revision, yaml } = await one(params.revision);
      return { revision: revisionView(revision), yaml };
    },
    async diffRevision({ params, query }) {
      // What one may read of a revision has its keys masked, and masked keys are alike: the service compares the texts.
      for (const id of [params.revision, query.against]) if (id !== undefined) await one(id);
      const changes = await book().changes(params.revision, query.against);
      return {
        changes: changes.map(({ path, before, after }) => ({ path, before: before ?? null, after: after ?? null })),
      };
    },
    async validateConfig({ caller, body }) {
      const deed = { action: "config.validate", subject: "config" };
      const { problems, warnings } = await audited(trail, caller, deed, () => book().check(body.yaml));
      return { ok: problems.length === 0, problems: [...problems], warnings: [...warnings] };
    },
    async applyConfig({ caller, body }) {
      const current = book().inForce().revision;
      if (body.expect !== undefined && body.expect !== current?.id) {
        throw new AdminRefusal("admin_conflict", {
          reason: `The revision in force is ${current?.id ?? "that of the file"}, not ${body.expect}. Compare with it first.`,
        });
      }
      const { problems } = await book().check(body.yaml);
      if (problems.length > 0) throw invalid(problems);
      const deed = {
        action: "config.apply",
        subject: "config",
        before: { revision: current?.id ?? null },
        after: { canary_percent: body.canary_percent ?? null, reason: body.reason ?? null },
      };
      return audited(trail, caller, deed, async () => {
        const options = { canaryPercent: body.canary_percent, reason: body.reason, expect: body.expect };
        const revision = await book().apply(body.yaml, options, { actor: caller.actor, from: caller.from });
        return revisionView(revision);
      });
    },
    async rollBackConfig({ caller, body }) {
      if (body.to !== undefined) await one(body.to);
      const deed = {
        action: "config.rollback",
        subject: "config",
        before: { revision: book().inForce().revision?.id ?? null },
        after: { to: body.to ?? null, reason: body.reason ?? null },
      };
      return audited(trail, caller, deed, async () => {
        const revision = await book().rollBack(body.to, body.reason, { actor: caller.actor, from: caller.from });
        return revisionView(revision);
      });
    },
    async promoteConfig({ caller }) {
      const deed = { action: "config.promote", subject: "config" };
      return audited(trail, caller, deed, async () => {
        const revision = await book().endTrial(true, { actor: caller.actor, from: caller.from });
        return { revision: revision === undefined ? null : revisionView(revision) };
      });
    },
    async abortConfig({ caller }) {
      const deed = { action: "config.abort", subject: "config" };
      return audited(trail, caller, deed, async () => {
        const revision = await book().endTrial(false, { actor: caller.actor, from: caller.from });
        return { revision: revision === undefined ? null : revisionView(revision) };
      });
    },
    async reloadConfig({ caller }) {
      const deed = { action: "config.reload", subject: "config" };
      return audited(trail, caller, deed, async () => ({
        result: await book().reload({ actor: caller.actor, from: caller.from }),
      }));
    },
  };
}

function invalid(problems: readonly ConfigProblem[]): AdminRefusal {
  const named = problems.slice(0, NAMED).map(inWords);
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  const more = problems.length > NAMED ? "; … (all of them: POST /api/config/validate)" : "";
  return new AdminRefusal("admin_config_invalid", { count, problems: `${named.join("; ")}${more}` });
}

/** What is refused as a whole stands in no line, and has been said to change nothing. */
function inWords({ code, line, path, message }: ConfigProblem): string {
  if (code === "refused") return message.replace(/^nothing was applied: /, "");
  return `line ${line}: ${path === "" ? "" : `${path} `}${message}`;
}

function revisionView(one: RevisionInfo) {
  return {
    id: one.id,
    state: one.state,
    at: isoTime(one.at),
    by: one.by,
    reason: one.reason ?? null,
    canary_percent: one.canaryPercent ?? null,
  };
}
