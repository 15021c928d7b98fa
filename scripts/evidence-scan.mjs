// Looks through what gateways said during a test run for secrets that were planted in it, plain or in another coat.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A piece of a secret this long counts as the secret, characters. */
const PIECE = 16;

/**
 * Scans a folder of evidence: `*-secrets.txt` holds the planted secrets, every other file what was said.
 * @returns {{ files: number, bytes: number, secrets: number, found: { file: string, line: number, secret: string }[] }}
 */
export function scanEvidence(folder) {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const secrets = new Set(
    names
      .filter((name) => name.endsWith("-secrets.txt"))
      .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
      .filter((line) => line !== ""),
  );
  const coats = new Map([...secrets].flatMap((secret) => coatsOf(secret).map((coat) => [coat, secret])));
  const result = { files: 0, bytes: 0, secrets: secrets.size, found: [] };
  for (const name of names) {
    if (name.endsWith("-secrets.txt")) continue;
    const text = readFileSync(join(folder, name), "utf8");
    result.files += 1;
    result.bytes += text.length;
    for (const [coat, secret] of coats) {
      const at = text.indexOf(coat);
      if (at < 0) continue;
      const line = text.slice(0, at).split("\n").length;
      result.found.push({ file: name, line, secret: `${secret.slice(0, 4)}… (${secret.length} characters)` });
    }
  }
  return result;
}

/** The secret and what it looks like in base64, in a URL, in JSON and in hex; for long ones their head and tail too. */
function coatsOf(secret) {
  const bytes = Buffer.from(secret);
  const coats = [
    secret,
    // Without its last characters, which depend on what follows.
    ...[0, 1, 2].map((shift) =>
      bytes.subarray(shift, shift + 3 * Math.floor((bytes.length - shift) / 3)).toString("base64"),
    ),
    bytes.toString("hex"),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ];
  if (secret.length >= 2 * PIECE) coats.push(secret.slice(0, PIECE), secret.slice(-PIECE));
  return [...new Set(coats)];
}

/** One line about a scan, for people. */
export function evidenceReport({ files, bytes, secrets, found }) {
  const size = `${(bytes / 1e6).toFixed(1)} MB of logs, metrics, states, answers and traces in ${files} files`;
  if (found.length === 0) return `no trace of ${secrets} planted secrets in ${size}`;
  const lines = found.map(({ file, line, secret }) => `  ${secret} in ${file}, line ${line}`);
  return `planted secrets were told, in ${size}:\n${lines.join("\n")}`;
}
