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
  // Exact money is a whole number as text, and may be below 0.
  if (/^-?\d+$/.test(String(value))) return String(value);
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${String(value)}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
