// The string literals of a JSON answer or event with their paths, for what is put back into them.

/** Called for each string that is a value, and for the keys in a tool's input: its offsets between the quotes, and the path to it. The path is reused. */
export type Visit = (start: number, end: number, path: readonly (string | number)[]) => void;

/** Goes over valid JSON, one character for each byte. What is no JSON ends the walk early; nothing is thrown. */
export function answerStrings(json: string, visit: Visit): void {
  const path: (string | number)[] = [];
  let expectKey = false;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case 0x7b:
        path.push("");
        expectKey = true;
        break;
      case 0x5b:
        path.push(0);
        expectKey = false;
        break;
      case 0x7d:
      case 0x5d:
        path.pop();
        break;
      case 0x2c: {
        const top = path[path.length - 1];
        if (typeof top === "number") path[path.length - 1] = top + 1;
        else expectKey = true;
        break;
      }
      case 0x22: {
        const start = at + 1;
        at = closing(json, start);
        if (at < 0) return;
        if (expectKey && path.length > 0) {
          // Members of a tool's input may be named by placeholders too.
          const input = path.indexOf("input");
          if (input >= 0 && input < path.length - 1) visit(start, at, path);
          path[path.length - 1] = json.slice(start, at);
          expectKey = false;
        } else visit(start, at, path);
        break;
      }
      default:
    }
  }
}

/** Where the quote is that ends a string; -1 when there is none. */
function closing(json: string, start: number): number {
  for (let at = json.indexOf('"', start); at >= 0; at = json.indexOf('"', at + 1)) {
    let slashes = 0;
    while (json.charCodeAt(at - 1 - slashes) === 0x5c && at - 1 - slashes >= start) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

/** Members of answers that hold no text of the model's, or text that a signature or an encrypted copy is bound to. */
const SEALED = new Set(
  "thinking signature data id type model role name tool_use_id url encrypted_content encrypted_index encrypted_stdout".split(
    " ",
  ),
);

/** Whether what stands at a path may be put back. A tool's input is free of our rules: whatever its members are called. */
export function open(path: readonly (string | number)[]): boolean {
  const input = path.indexOf("input");
  if (input >= 0 && input < path.length - 1) return true;
  const key = path[path.length - 1];
  return typeof key === "number" || !SEALED.has(key as string);
}

/** Whether the string at a path is itself JSON in a string. */
export function nestedJson(path: readonly (string | number)[]): boolean {
  const key = path[path.length - 1];
  return (key === "arguments" || key === "partial_json") && !path.includes("input");
}
