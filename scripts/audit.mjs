// `npm run audit`: asks the registry for advisories on everything that users install; says so when it cannot be asked.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * What an audit amounts to.
 * @param {string} printed what `npm audit --json` printed
 * @param {{ packages: Record<string, { dev?: boolean, deprecated?: string, version?: string, resolved?: string, integrity?: string, link?: boolean }> }} lock
 * @returns {{ ok: boolean, lines: string[] }}
 */
export function auditVerdict(printed, lock) {
  const shipped = Object.entries(lock.packages).filter(
    ([path, one]) => path.includes("node_modules/") && !one.link && !one.dev,
  );
  const name = (path) => path.replace(/^.*node_modules\//, "");
  const lines = [];
  let ok = true;
  for (const [path, one] of shipped) {
    if (one.deprecated !== undefined) {
      ok = false;
      lines.push(`${name(path)} ${one.version} is deprecated by its maintainers: ${one.deprecated}`);
    }
    if (one.integrity === undefined) {
      ok = false;
      lines.push(`${name(path)} ${one.version} has no checksum in package-lock.json: run npm install again`);
    }
  }
  let told;
  try {
    told = JSON.parse(printed);
  } catch {
    told = undefined;
  }
  const found = told?.vulnerabilities;
  if (found === undefined) {
    const why = told?.message ?? told?.error?.summary ?? "no answer";
    lines.push(
      `the registry gives no advisories (${String(why).split("\n")[0]}): of ${shipped.length} packages that users install it is known only that`,
      "their maintainers have not deprecated them and that each is pinned by its checksum. Run this where registry.npmjs.org",
      "can be reached: it answers POST /-/npm/v1/security/advisories/bulk, which mirrors often do not.",
    );
    return { ok, lines };
  }
  for (const one of Object.values(found)) {
    ok = false;
    const titles = one.via.map((via) => (typeof via === "string" ? `through ${via}` : `${via.title} ${via.url}`));
    lines.push(`${one.name} (${one.severity}, ${one.range}): ${titles.join("; ")}`);
  }
  if (ok) lines.push(`no advisory on any of ${shipped.length} packages that users install`);
  return { ok, lines };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { cwd: ROOT, encoding: "utf8" });
  const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"));
  const { ok, lines } = auditVerdict(stdout, lock);
  console.log(lines.join("\n"));
  process.exitCode = ok ? 0 : 1;
}
