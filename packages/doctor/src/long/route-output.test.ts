// The route tools' own words, read.

import { describe, expect, it } from "vitest";
import { readMtr, readTracepath, readTraceroute } from "./route-output.ts";

describe("route tools", () => {
  it("reads tracepath with a smaller path MTU", () => {
    const text = ` 1?: [LOCALHOST]                      pmtu 1500
 1:  10.77.1.1                                             0.059ms
 1:  10.77.1.1                                             0.031ms
 2:  10.77.1.1                                             0.022ms pmtu 1400
 2:  no reply
 3:  160.79.104.10                                         0.061ms reached
     Resume: pmtu 1400 hops 3 back 3
`;
    const one = readTracepath(text);
    expect(one.pathMtu).toBe(1400);
    expect(one.reached).toBe(true);
    expect(one.hops.map(({ hop, host }) => [hop, host])).toEqual([
      [1, "10.77.1.1"],
      [2, "10.77.1.1"],
      [3, "160.79.104.10"],
    ]);
    expect(one.hops[0]?.ms).toBe(0.059);
  });

  it("reads tracepath in a black hole", () => {
    const one = readTracepath(
      ` 1?: [LOCALHOST] pmtu 1500\n 1:  no reply\n 2:  no reply\n     Too many hops: pmtu 1500\n     Resume: pmtu 1500\n`,
    );
    expect(one).toEqual({ tool: "tracepath", hops: [{ hop: 1 }, { hop: 2 }], reached: false, pathMtu: 1500 });
  });

  it("reads traceroute and tracert, IPv6 too", () => {
    const text = `traceroute to 160.79.104.10 (160.79.104.10), 20 hops max, 60 byte packets
 1  10.77.1.1  0.043 ms
 2  *
 3  160.79.104.10  1.5 ms
`;
    const one = readTraceroute("traceroute", text, "160.79.104.10");
    expect(one.hops).toEqual([
      { hop: 1, host: "10.77.1.1", ms: 0.043 },
      { hop: 2 },
      { hop: 3, host: "160.79.104.10", ms: 1.5 },
    ]);
    expect(one.reached).toBe(true);
    const windows = readTraceroute(
      "tracert",
      "\r\n  1    <1 ms    <1 ms     1 ms  192.168.1.1 \r\n  2     *        *        *     Request timed out.\r\n",
      "8.8.8.8",
    );
    expect(windows.hops).toEqual([{ hop: 1, host: "192.168.1.1", ms: 1 }, { hop: 2 }]);
    expect(windows.reached).toBe(false);
    expect(readTraceroute("traceroute", " 1  fd77:1::1  0.2 ms\n", "fd77:1::1").reached).toBe(true);
  });

  it("reads mtr with loss", () => {
    const text = `Start: 2026-11-21T15:00:00+0000
HOST: x                           Loss%   Snt   Last   Avg  Best  Wrst StDev
  1.|-- 10.77.1.1                  0.0%     3    0.1   0.2   0.1   0.1   0.0
  2.|-- ???                       100.0     3    0.0   0.0   0.0   0.0   0.0
  3.|-- 160.79.104.10             33.3%     3    1.1   1.3   1.1   1.6   0.2
`;
    expect(readMtr(text, "160.79.104.10")).toEqual({
      tool: "mtr",
      reached: true,
      hops: [
        { hop: 1, host: "10.77.1.1", ms: 0.2, lossPercent: 0 },
        { hop: 2, lossPercent: 100 },
        { hop: 3, host: "160.79.104.10", ms: 1.3, lossPercent: 33.3 },
      ],
    });
  });

  it("makes nothing of what says nothing", () => {
    expect(readTracepath("").hops).toEqual([]);
    expect(readMtr("mtr: Operation not permitted\n", "x").hops).toEqual([]);
    expect(readTraceroute("traceroute", "bind: permission denied\n", "x").hops).toEqual([]);
  });
});
