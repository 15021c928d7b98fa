// `npm test`: brings the checkout up, runs every test under Node 24, ends with `N passed, N failed`.
// With CI=true a skipped or todo test counts as failed: a suite that quietly runs less proves less.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { evidenceReport, scanEvidence } from "./evidence-scan.mjs";
import { LAB_DEBIAN } from "./lab-tools.mjs";
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureClients, ensureDebian, ensureNodeModules, ROOT, runScript, SetupError } from "./setup.mjs";

/**
 * What the tests call besides Node: openssl makes certificates, tmux drives a terminal, git, curl and
 * python3 are clients, redis-server and postgres are stores, nginx stands before gateways, promtool checks rules and metrics.
 */
const DEBIAN = [
  "openssl",
  "curl",
  "git",
  "tmux",
  "python3",
  { name: "procps", command: "ps" },
  "redis-server",
  { name: "postgresql", command: "/usr/lib/postgresql/*/bin/initdb" },
  { name: "prometheus", command: "promtool" },
  { name: "nginx-light", command: "nginx" },
];

await runScript(async () => {
  ensureNodeModules();
  ensureBuilt();
  ensureDebian(DEBIAN);
  bringLabTools();
  ensureClients();
  const folder = mkdtempSync(join(tmpdir(), "fairlead-test-"));
  const file = join(folder, "count.json");
  const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(ROOT, "scripts", "count-reporter.mjs")}`];
  const evidence = join(folder, "evidence");
  const env = { ...process.env, FAIRLEAD_TEST_COUNT: file, FAIRLEAD_EVIDENCE: evidence };
  try {
    const code = await runNode([vitest, "run", ...reporters, ...process.argv.slice(2)], { env });
    // A run of some files only may have planted nothing: then there is nothing to look through.
    const scan = scanEvidence(evidence);
    console.log(evidenceReport(scan));
    const count = readCount(file);
    if (count !== undefined && scan.found.length > 0) count.errors.push("planted secrets were told, see above");
    else if (count !== undefined && scan.secrets > 0 && scan.files > 0) count.passed += 1;
    return report(code, count);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

// Only the doctor's lab needs these. Where they cannot be had its tests are skipped and say what is missing.
function bringLabTools() {
  if (process.platform !== "linux") return;
  try {
    ensureDebian(LAB_DEBIAN);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.log(`no doctor's lab: ${error.message}`);
  }
}

function readCount(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function report(code, count = { passed: 0, failed: 0, skipped: [], errors: ["the run ended without a count"] }) {
  const strict = process.env.CI === "true";
  let failed = count.failed + count.errors.length;
  for (const error of count.errors) console.log(`not a test, but failed: ${error}`);
  for (const { file, name, reason } of count.skipped) {
    console.log(`${strict ? "FAIL " : ""}skipped: ${file} > ${name}: ${reason ?? "no reason given"}`);
  }
  if (strict) failed += count.skipped.length;
  if (code !== 0 && failed === 0) {
    console.log(`the test run ended with exit code ${code} although no test failed`);
    failed = 1;
  }
  console.log(`${count.passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
