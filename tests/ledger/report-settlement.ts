// The upstream's own report, booked over what a ledger had to estimate, by the command that an operator would use.

import { execFile } from "node:child_process";
import type { Simulator } from "@fairlead/simulator";
import { FAIRLEAD } from "./killed-gateway.ts";

/** What booking the report did. */
export interface Settled {
  /** Differences between ledger and report before and after the estimates were settled. */
  readonly offBefore: number;
  readonly offAfter: number;
  readonly corrections: number;
  readonly bookedAgain: number;
  readonly refused: readonly unknown[];
  readonly agrees: boolean;
}

/** Books the simulator's report over the estimates, twice, and holds the ledger against it. */
export async function settleWithReport(simulator: Simulator, store: string, folder: string): Promise<Settled> {
  const base = [
    "--base-url",
    simulator.regions[0]?.url ?? "",
    "--admin-key",
    "ADMIN",
    "--last",
    "1d",
    "--store",
    store,
  ];
  const reconcile = async (...more: string[]) => {
    const args = [...FAIRLEAD, "reconcile", ...base, "--json", ...more];
    const env = { ...process.env, ADMIN: "sk-ant-admin-0123456789", NODE_OPTIONS: "" };
    const [code, out, err] = await new Promise<[number, string, string]>((resolve) => {
      execFile(process.execPath, args, { cwd: folder, env }, (e, stdout, stderr) =>
        resolve([e === null ? 0 : Number(e.code), stdout, stderr]),
      );
    });
    try {
      return { code, told: JSON.parse(out) as Reconciled };
    } catch {
      throw new Error(`fairlead reconcile says: ${out}${err}`);
    }
  };
  const before = await reconcile();
  const first = await reconcile("--settle", "--age", "0m", "--most", "100");
  const again = await reconcile("--settle", "--age", "0m", "--most", "100");
  return {
    offBefore: before.told.differences.length,
    corrections: first.told.settlement?.booked ?? -1,
    bookedAgain: again.told.settlement?.booked ?? -1,
    refused: first.told.settlement?.refused ?? [],
    offAfter: again.told.differences.length,
    agrees: again.code === 0 && again.told.agree,
  };
}

interface Reconciled {
  readonly agree: boolean;
  readonly differences: readonly unknown[];
  readonly settlement?: { readonly booked: number; readonly refused: readonly unknown[] };
}
