// Request headers on their way to an upstream: what the client sent, less what concerns only the two ends of a hop.

/**
 * The header lines for the wire, in the order and case in which they came. The names that never travel (hop-by-hop, host,
 * length, expect) are known by their lengths, so that most headers are passed on after one comparison of numbers.
 * @param raw names and values alternating; whoever made the list vouches that no value holds a line end
 * @param credential a whole header line with its CR LF, or undefined to pass the client's credentials on
 * @param judged true when the answer is read on its way: then it must come uncompressed
 */
export function requestHeaders(raw: readonly string[], credential: string | undefined, judged: boolean): string {
  let lines = "";
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (mayStay(name.length)) {
      const lower = name.toLowerCase();
      if (NEVER.has(lower)) continue;
      if (judged && lower === "accept-encoding") continue;
      if (credential !== undefined) {
        if (lower === "x-api-key" || lower === "authorization") continue;
        if (lower === "cookie" && OURS.test(raw[i + 1] as string)) {
          const others = (raw[i + 1] as string).split(";").filter((pair) => !OURS.test(pair));
          if (others.length > 0) lines += `${name}: ${others.map((pair) => pair.trim()).join("; ")}\r\n`;
          continue;
        }
      }
    }
    lines += `${name}: ${raw[i + 1]}\r\n`;
  }
  if (judged) lines += "accept-encoding: identity\r\n";
  return credential === undefined ? lines : lines + credential;
}

/**
 * The cookies of a person who is signed in at the gateway's own pages: browsers and cookie jars send them to each port of a
 * host. They are credentials like a key; other cookies, such as those of an upstream's edge, travel.
 */
const OURS = /(?:^|;)\s*(?:__Host-)?fairlead(?:-sign-in)?\s*=/;

/** RFC 9110 section 7.6.1, and what is written anew for each connection. */
const NEVER = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** True for the lengths of all names that may have to stay behind. */
function mayStay(length: number): boolean {
  switch (length) {
    case 2:
    case 4:
    case 6:
    case 7:
    case 9:
    case 10:
    case 13:
    case 14:
    case 15:
    case 16:
    case 17:
    case 18:
    case 19:
      return true;
    default:
      return false;
  }
}
