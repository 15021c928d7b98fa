// Makes docs/reference/doctor.md: every code of the doctor with its meaning, severity, advice and sources, every check, every option.
import { code, table } from "./markdown-table.mjs";

export const file = "docs/reference/doctor.md";

export async function make() {
  const { COMMANDS, LAYERS, OPTIONS, PROBES, RULES } = await import("@fairlead/doctor");
  const options = OPTIONS.map((option) => [
    code([option.short && `-${option.short}`, `--${option.name}`].filter(Boolean).join(", ")),
    option.value === undefined ? "" : valuesOf(option),
    code(option.default),
    option.about.en,
  ]);
  const commands = COMMANDS.map(({ name, value, about }) => [code([name, value].filter(Boolean).join(" ")), about.en]);
  const probes = PROBES.map(({ id, layer, title, after, required, deep }) => [
    code(id),
    layer,
    title.en,
    after.map(code).join(", "),
    required === true ? "yes" : "",
    deep === true ? code("--deep") : "",
  ]);
  return [
    "# fairlead doctor\n",
    "Finds why a program on this machine cannot reach Claude: `fairlead doctor`, or `npx @fairlead/doctor` without installing",
    "anything. Exit codes: 0 the line works, 1 a fault was found, 2 undecided or wrong usage. `--json` prints what",
    "[doctor-report.schema.json](doctor-report.schema.json) describes. Everything here is also said in Chinese: `--lang zh`.\n",
    "## Options\n",
    table(["option", "values", "default", "what it does"], options),
    table(["command", "what it does"], commands),
    "## Checks\n",
    "In the order of the line. A check begins when those that it comes after are done; what an earlier failure makes",
    "pointless is skipped, with the reason. When a required check could not run, the line is not called whole.\n",
    table(["check", "layer", "what is looked at", "after", "required", "only with"], probes),
    "## Codes\n",
    `${RULES.length} codes. Codes stay: a program may rely on them. \`error\`: the line does not work for this program (exit code 1).`,
    "`warning`: it works, and this will bite. `info`: worth knowing.\n",
    ...LAYERS.flatMap((layer) => layerPart(layer, RULES)),
  ]
    .join("\n")
    .trimEnd();
}

function layerPart(layer, rules) {
  const own = rules.filter((rule) => rule.layer === layer);
  if (own.length === 0) return [];
  return [`### ${layer}\n`, ...own.map(rulePart)];
}

function rulePart({ code: name, severity, title, meaning, advice, sources }) {
  const links = sources.map((source) => `<${source}>`).join(", ");
  return [
    `#### ${name}\n`,
    `**${text(title.en)}** (${severity})\n`,
    `${text(meaning.en)}\n`,
    `What to do: ${text(advice.en)}\n`,
    links === "" ? "" : `Sources: ${links}\n`,
  ].join("\n");
}

function valuesOf({ value, choices, min, max }) {
  if (choices !== undefined) return choices.map(code).join(", ");
  return min === undefined ? value : `${value}, ${min} to ${max}`;
}

/** Text that is no HTML and no heading. */
function text(plain) {
  return plain.replaceAll("<", "&lt;").replaceAll(/\s*\n\s*/g, " ");
}
