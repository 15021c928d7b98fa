// Where texts of a body stand, as paths for people.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where each of some offsets stands, as a path such as `messages[0].content[1].text`. The body must have been read well. */
export function pathsOf(body: Buffer, offsets: readonly number[]): string[] {
  const wanted = [...offsets].sort((a, b) => a - b);
  const paths: string[] = [];
  const stack: (string | number)[] = [];
  let expectKey = false;
  for (let at = 0; at < body.length && paths.length < wanted.length; at++) {
    const byte = body[at];
    if (byte === 0x7b) {
      stack.push("");
      expectKey = true;
    } else if (byte === 0x5b) {
      stack.push(0);
      expectKey = false;
    } else if (byte === 0x7d || byte === 0x5d) stack.pop();
    else if (byte === 0x2c) {
      const top = stack[stack.length - 1];
      if (typeof top === "number") stack[stack.length - 1] = top + 1;
      else expectKey = true;
    } else if (byte === QUOTE) {
      const start = at + 1;
      at = start;
      while (body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
      if (expectKey) {
        while (paths.length < wanted.length && (wanted[paths.length] as number) < at) {
          paths.push(`${showPath(stack.slice(0, -1))}.${HIDDEN}`);
        }
        stack[stack.length - 1] = body.toString("utf8", start, Math.min(at, start + 40));
        expectKey = false;
      } else {
        while (paths.length < wanted.length && (wanted[paths.length] as number) < at) paths.push(showPath(stack));
      }
    }
  }
  return paths;
}

/** What stands in a path for a key that may be, or hold, what was found. */
const HIDDEN = "(key)";

function showPath(stack: readonly (string | number)[]): string {
  let text = "";
  for (const step of stack.slice(0, 12)) {
    const plain =
      typeof step === "string" && /^[A-Za-z_][\w-]{0,31}$/.test(step) && !/\d{3}/.test(step) ? step : HIDDEN;
    text += typeof step === "number" ? `[${step}]` : text === "" ? plain : `.${plain}`;
  }
  return stack.length > 12 ? `${text}…` : text;
}
