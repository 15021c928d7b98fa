// Fills the marked parts of docs/policies/*.md from the code: the options of a policy, the metrics that show it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { code, table } from "./markdown-table.mjs";
import { optionBlocks, optionTable } from "./options.mjs";

export const POLICIES = "docs/policies";

const PART = /<!-- (options|metrics): ([\w ]+) -->\n[\s\S]*?<!-- end -->/g;
const INDEXES = ["README.md", "README.zh-CN.md"];

/**
 * Reads all pages.
 * @param {string} root absolute path of the checkout
 * @returns {Promise<{ pages: { file: string, text: string, now: string }[], findings: string[] }>} each page with the
 *   text that it should have and the one that it has, and what is wrong beyond that
 */
export async function policyPages(root) {
  const folder = join(root, POLICIES);
  if (!existsSync(folder)) return { pages: [], findings: [] };
  const engine = await import("@fairlead/engine");
  const { describeMetrics } = await import("@fairlead/gateway");
  const blocks = optionBlocks(engine);
  const tables = {
    options: Object.fromEntries(Object.entries(blocks).map(([name, block]) => [name, optionTable(block, engine)])),
    metrics: Object.fromEntries(describeMetrics().map((one) => [one.name, metricRow(one)])),
  };
  const files = readdirSync(folder).filter((name) => name.endsWith(".md"));
  const texts = new Map(files.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  return filled(texts, tables);
}

/** The same for texts by file name, and rows by name. */
export function filled(texts, { options, metrics }) {
  const findings = [];
  const shown = new Set();
  const pages = [...texts].map(([name, now]) => {
    const file = `${POLICIES}/${name}`;
    const text = now.replace(PART, (_, kind, words) => {
      const names = words.split(" ");
      const missing = names.filter((one) => (kind === "options" ? options : metrics)[one] === undefined);
      for (const one of missing) findings.push(`${file}:1 asks for the ${kind} of ${one}, which is not there.`);
      if (kind === "options") for (const one of names) shown.add(one);
      const known = names.filter((one) => !missing.includes(one));
      const body =
        kind === "options"
          ? known.map((one) => options[one]).join("\n")
          : table(
              ["metric", "labels", "meaning"],
              known.map((one) => metrics[one]),
            );
      return `<!-- ${kind}: ${words} -->\n\n${body}\n<!-- end -->`;
    });
    return { file, text, now };
  });
  for (const name of Object.keys(options)) {
    if (!shown.has(name)) findings.push(`${POLICIES}/README.md:1 has no page with the options of ${name}.`);
  }
  for (const index of INDEXES) {
    const links = texts.get(index);
    if (links === undefined) findings.push(`${POLICIES}/${index}:1 is missing.`);
    for (const name of texts.keys()) {
      if (!INDEXES.includes(name) && links !== undefined && !links.includes(`](${name})`))
        findings.push(`${POLICIES}/${index}:1 does not link to ${name}.`);
    }
  }
  return { pages, findings };
}

function metricRow({ name, labels, help }) {
  return [code(name), labels.map(code).join(", "), help];
}
