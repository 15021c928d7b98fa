// Tests of a request's traits: the temperature where it counts, and whose tools there are.
import { describe, expect, it } from "vitest";
import { scanTraits } from "./request-traits.ts";

const traits = (value: unknown) => scanTraits(Buffer.from(JSON.stringify(value)));

describe("scanTraits", () => {
  it("reads the temperature at the top only", () => {
    expect(traits({ temperature: 0 }).temperature).toBe(0);
    expect(traits({ temperature: 0.7 }).temperature).toBe(0.7);
    expect(scanTraits(Buffer.from('{"temperature": 0e5 }')).temperature).toBe(0);
    expect(traits({ messages: [{ temperature: 0 }] }).temperature).toBeUndefined();
    expect(traits({ temperature: "0" }).temperature).toBeUndefined();
    expect(traits({ temperature: null }).temperature).toBeUndefined();
  });

  it.each([
    [{}, false],
    [{ tools: [] }, false],
    [{ tools: null }, false],
    [{ tools: [{ name: "mine", input_schema: { type: "web_search_20250305" } }] }, false],
    [{ tools: [{ type: "custom", name: "mine" }] }, false],
    [{ tools: [{ type: "bash_20250124" }, { type: "text_editor_20250728" }, { type: "computer_20250124" }] }, false],
    [{ tools: [{ name: "mine" }, { type: "web_search_20250305", name: "web_search" }] }, true],
    [{ tools: [{ type: "code_execution_20250825" }] }, true],
    [{ tools: [{ type: "bash_code_execution" }] }, true],
    [{ tools: [{ type: "something_new" }] }, true],
    [{ mcp_servers: [] }, false],
    [{ mcp_servers: null }, false],
    [{ mcp_servers: [{ url: "https://x" }] }, true],
    [{ container: null }, false],
    [{ container: "c_1" }, true],
  ])("%j: tools of the server %s", (body, found) => {
    expect(traits(body).serverTools).toBe(found);
  });

  it("takes what is no JSON for the worst", () => {
    expect(scanTraits(Buffer.from('{"a":')).serverTools).toBe(true);
    expect(scanTraits(Buffer.alloc(0)).serverTools).toBe(true);
  });
});
