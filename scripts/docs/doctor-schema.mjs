// Makes docs/reference/doctor-report.schema.json: the JSON Schema of what `fairlead doctor --json` prints.

export const file = "docs/reference/doctor-report.schema.json";

export async function make() {
  const { REPORT_SCHEMA } = await import("@fairlead/doctor");
  return JSON.stringify(REPORT_SCHEMA, undefined, 2);
}
