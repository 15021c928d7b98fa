// Makes docs/reference/faults.md: every fault of the simulator, where it strikes and what it takes.
import { code, table } from "./markdown-table.mjs";

export const file = "docs/reference/faults.md";

export async function make() {
  const { describeFaults } = await import("@fairlead/simulator");
  if (describeFaults === undefined) return undefined;
  const faults = describeFaults();
  const rows = faults.map(({ name, summary, phases, params }) => [
    code(name),
    summary,
    phases.map(showPhase).join(", "),
    Object.entries(params ?? {})
      .map(showParam)
      .join("; "),
  ]);
  return [
    "# Faults of the simulator\n",
    "Set one with `POST /_simulator/faults`, in a scenario file, or for one request with a header.\n",
    table(["fault", "what goes over the wire", "phases (the first is the default)", "parameters"], rows).trimEnd(),
  ].join("\n");
}

function showPhase(rule) {
  const { phase, on, meaning } = typeof rule === "string" ? { phase: rule } : rule;
  const notes = [on === undefined || on === "both" ? "" : `${on} only`, meaning ?? ""].filter(Boolean);
  return notes.length === 0 ? code(phase) : `${code(phase)} (${notes.join(": ")})`;
}

function showParam([name, { about, min, max, oneOf, ...spec }]) {
  const bounds = [oneOf?.join(", "), min === undefined ? "" : `from ${min}`, max === undefined ? "" : `to ${max}`];
  const limits = bounds.filter(Boolean).join(" ");
  return `${code(name)} ${about} (${[limits, `default ${JSON.stringify(spec.default)}`].filter(Boolean).join("; ")})`;
}
