// docs/outage-proof.md, and the lines that the command prints.

import type { ColdStart, Played } from "./outage.ts";

/** An outage as a line. */
export function lineOf(one: Played): string {
  const { during, before } = one;
  return `${one.name}: ${during.failed.length} of ${during.requests} requests failed, p99 ${Math.round(during.p99)} ms (before ${Math.round(before.p99)} ms), ${(one.overAdmitted * 100).toFixed(1)} % beyond the limit, ledger whole ${one.settledS === undefined ? "never" : `after ${one.settledS.toFixed(1)} s`}`;
}

/** A cold start as a line. */
export function lineOfStart(one: ColdStart): string {
  return `cold start: listens after ${one.withoutS.toFixed(1)} s (with its stores ${one.withS.toFixed(1)} s), ${one.failed.length} requests failed; ${one.source}`;
}

/** The document. */
export function outageDocument(
  all: readonly Played[],
  cold: ColdStart | undefined,
  run: { readonly day: string; readonly seconds: number; readonly took: number },
): string {
  const rows = all.map((one) => {
    const { during, before, bill, ledger } = one;
    const drift =
      ledger === undefined
        ? "?"
        : `${ledger.attempts - bill.attempts} / ${ledger.input + ledger.output - bill.input - bill.output}`;
    return `| ${one.name} | ${during.requests} | ${during.failed.length} | ${during.unready} | ${Math.round(before.p50)} / ${Math.round(before.p99)} | ${Math.round(during.p50)} / ${Math.round(during.p99)} | ${(one.overAdmitted * 100).toFixed(1)} % | ${one.settledS === undefined ? "no" : `${one.settledS.toFixed(1)} s`} | ${drift} |`;
  });
  const faults = [
    ...all.flatMap((one) => one.faults.map((fault) => `${one.name}: ${fault}`)),
    ...(cold?.faults ?? []).map((fault) => `cold start: ${fault}`),
  ];
  return `<!-- Written by \`npm run stores:die -- --document\`; do not edit. -->
# When stores die

Two gateway processes share a real \`redis-server\` and a real \`postgres\`, each behind a relay that can be cut, slow or silent.
Callers ask both gateways all the time; a second project asks for twice what its limit allows. Upstream is the simulator, whose
bill is compared with the ledger in PostgreSQL.

- Command: \`npm run stores:die\`; one part: \`npm run stores:die -- --part redis-dead\`
- ${run.day}, ${run.seconds} s each, ${run.took} s in all. Longer outages: \`--seconds 600\`
- ${faults.length === 0 ? "Nothing missed its bound" : `Missed: ${faults.join("; ")}`}

Bounds: no request fails by it, \`/readyz\` stays 200, at most 5 % beyond the limit, the ledger says what the bill says within
30 s of the return. Times are milliseconds to the whole answer, which takes about 100 ms by itself; gateways, callers, stores and
simulator share one machine, so that the 99th percentile is its noise too.

| outage | requests | failed | \`/readyz\` not 200 | p50 / p99 before | p50 / p99 during | beyond the limit | ledger whole after | drift: attempts / tokens |
|---|---|---|---|---|---|---|---|---|
${rows.join("\n")}

${all.map((one) => `- \`${one.name}\`: ${one.says}`).join("\n")}

${cold === undefined ? "" : `Cold start: both gateways are stopped and both stores killed; then the gateways are started. The first listens ${cold.withoutS.toFixed(1)} s after its process was started (${cold.withS.toFixed(1)} s with its stores), ${cold.source}. ${cold.failed.length} of 40 requests failed. After the stores came back the ledger was whole within ${cold.settledS === undefined ? "no time that was waited for" : `${cold.settledS.toFixed(1)} s`}.\n`}`;
}
