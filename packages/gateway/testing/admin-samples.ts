// One good request to each route of the admin contract. The type leaves none out.

import type { RouteName } from "../src/admin/contract/contract.ts";

/** What to put into a route's path, query and body. */
export interface Sample {
  readonly params?: { readonly [name: string]: string };
  readonly query?: string;
  readonly body?: object;
}

/** Samples by route. Where a project is involved they are about `web`. */
export const SAMPLES: { readonly [N in RouteName]: Sample } = {
  overview: {},
  alive: {},
  ready: {},
  metrics: {},
  whoAmI: {},
  openapi: {},
  state: {},
  listProjects: {},
  getProject: { params: { project: "web" } },
  createProject: { body: { name: "new", title: "a new one", allowed_models: ["claude-*"] } },
  updateProject: { params: { project: "web" }, body: { disabled: true, sampling: null, duplicates: { window: "5s" } } },
  deleteProject: { params: { project: "web" } },
  listKeys: {},
  getKey: { params: { key: "k_web" } },
  createKey: { body: { project: "web", name: "ci" } },
  updateKey: { params: { key: "k_web" }, body: { name: "nightly", limits: { rpm: 10 } } },
  rotateKey: { params: { key: "k_web" }, body: { overlap_seconds: 60 } },
  revokeKey: { params: { key: "k_web" } },
  listServices: {},
  createService: { body: { project: "web", name: "ci" } },
  getService: { params: { service: "svc_web0000000000000" } },
  updateService: { params: { service: "svc_web0000000000000" }, body: { disabled: true, limits: { rpm: 10 } } },
  rotateService: { params: { service: "svc_webonly000000000" }, body: { overlap_seconds: 60 } },
  revokeService: { params: { service: "svc_webonly000000000" } },
  listSignIns: {},
  endSignIn: { params: { sign_in: "webonly000000000" } },
  endSignIns: { body: { actor: "user:ada" } },
  listLimits: {},
  listUpstreams: {},
  getUpstream: { params: { upstream: "east" } },
  controlUpstream: { params: { upstream: "east" }, body: { mode: "drain", reason: "maintenance" } },
  clearUpstream: { params: { upstream: "east" } },
  listRequests: {},
  getRequest: { params: { request: "req_fl_web" } },
  cancelRequest: { params: { request: "req_fl_web" } },
  getUsage: { query: "by=project,key" },
  listLedger: {},
  reconcile: {
    body: {
      report: [
        {
          data: [
            {
              starting_at: "1970-01-01T00:00:00Z",
              ending_at: "1970-01-01T01:00:00Z",
              results: [{ model: "claude-opus-5", uncached_input_tokens: 20, output_tokens: 5 }],
            },
          ],
        },
      ],
      by: "hour",
      dry_run: false,
    },
  },
  listAudit: {},
  verifyAudit: {},
  getConfig: {},
  listRevisions: {},
  getRevision: { params: { revision: "r1" } },
  diffRevision: { params: { revision: "r1" } },
  validateConfig: { body: { yaml: "listen: 127.0.0.1:1\n" } },
  applyConfig: { body: { yaml: "listen: 127.0.0.1:1\n" } },
  rollBackConfig: { body: {} },
  promoteConfig: {},
  abortConfig: {},
  reloadConfig: {},
  signIn: {},
  signInBack: {},
  signInWithKey: { body: { key: "x" } },
  signOut: { body: { csrf: "x" } },
  devicePage: {},
  deviceAnswer: { body: { user_code: "ABCD-EFGH", csrf: "x", answer: "approve" } },
};

/** The path of a sample's request. */
export function pathOf(path: string, { params = {}, query }: Sample): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? `{${name}}`);
  return query === undefined ? filled : `${filled}?${query}`;
}
