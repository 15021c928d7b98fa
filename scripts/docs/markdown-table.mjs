// Prints a table in Markdown.

/**
 * @param {string[]} heads
 * @param {unknown[][]} rows cells as Markdown; undefined is an empty cell
 * @returns {string} lines that end in a newline
 */
export function table(heads, rows) {
  const line = (cells) => `| ${cells.map(cell).join(" | ")} |\n`;
  return line(heads) + line(heads.map(() => "---")) + rows.map(line).join("");
}

/** Text as inline code; empty for undefined. */
export function code(text) {
  return text === undefined || text === "" ? "" : `\`${text}\``;
}

function cell(value) {
  return String(value ?? "")
    .replaceAll("|", "\\|")
    .replaceAll(/\s*\n\s*/g, " ");
}
