// Captive portal: a proxy's page arrives in place of the answer, with status 200.

import type { FaultKind } from "./kind.ts";
import { ONLY_INSTEAD } from "./phases.ts";

/** The fault `captive-portal`. */
export const captivePortal: FaultKind = {
  name: "captive-portal",
  catalogue: ["F7"],
  summary: "200 text/html: the log-in page of a network, no header of the API.",
  phases: ONLY_INSTEAD,
  params: {},
  edge: true,
  strike: async (strike) =>
    strike.impersonate(
      200,
      { "content-type": "text/html; charset=utf-8", server: "nginx" },
      "<!DOCTYPE html><html><head><title>Welcome to the guest network</title></head><body><form>Log in to continue</form></body></html>",
    ),
};
