// What the metrics tell of the configuration.

import type { RoomMetrics } from "../telemetry/room-metrics.ts";
import type { ConfigFleet } from "./config-fleet.ts";

/** Gives the gauges their readers. */
export function fleetGauges(rooms: RoomMetrics, fleet: ConfigFleet): void {
  rooms.configRevision.read = () => {
    const { revision, hash } = fleet.control.standing;
    return [{ values: [revision === null ? hash.slice(0, 12) : String(revision)], value: 1 }];
  };
  rooms.configStale.read = () => [{ values: [], value: fleet.staleMs() / 1_000 }];
}
