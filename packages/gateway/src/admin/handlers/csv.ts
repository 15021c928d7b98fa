// CSV as RFC 4180 has it, safe to open in a spreadsheet.

/** Lines with a header. Fields that a spreadsheet would take for a formula get an apostrophe in front (OWASP, "CSV Injection"). */
export function csv(columns: readonly string[], lines: ReadonlyArray<{ readonly [name: string]: unknown }>): string {
  const unique = [...new Set(columns)];
  const rows = lines.map((line) => unique.map((column) => field(line[column])).join(","));
  return [unique.join(","), ...rows, ""].join("\r\n");
}

function field(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return String(value);
  // A number is no formula, one below zero neither.
  if (typeof value === "string" && /^-?\d+$/.test(value)) return value;
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${String(value)}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
