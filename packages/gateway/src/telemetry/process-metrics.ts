// What the process itself uses, under the names that Prometheus clients give it.

import type { Runtime } from "@fairlead/runtime";
import { Gauge } from "./registry.ts";

/** Memory, CPU and age of this process. Read when somebody asks. */
export function processMetrics(rt: Runtime): readonly Gauge[] {
  const startedAt = rt.clock.wall() / 1_000;
  const one = (value: number) => [{ values: [], value }];
  return [
    new Gauge("process_start_time_seconds", "When the gateway started, Unix seconds.", [], () => one(startedAt)),
    new Gauge("process_resident_memory_bytes", "Memory that the process holds.", [], () =>
      one(process.memoryUsage.rss()),
    ),
    new Gauge("nodejs_heap_size_used_bytes", "Heap of JavaScript in use.", [], () =>
      one(process.memoryUsage().heapUsed),
    ),
    new Gauge(
      "process_cpu_seconds_total",
      "CPU time that the process used, user and system.",
      [],
      () => {
        const { user, system } = process.cpuUsage();
        return one((user + system) / 1e6);
      },
      "counter",
    ),
  ];
}
