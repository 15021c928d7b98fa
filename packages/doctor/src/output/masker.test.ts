// Tests that nothing secret gets through the masker, and that masked commands still work.

import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { fakeMachine } from "../../testing/fake-machine.ts";
import { PLANTED, sampleContext, sampleMachine } from "../../testing/sample.ts";
import { Secret } from "../secret.ts";
import { commandMaskerOf, maskerOf, shownValue } from "./masker.ts";

async function maskFor(machine = sampleMachine()) {
  const { environment } = await sampleContext(machine, "en");
  return maskerOf(machine, environment);
}

describe("secrets", () => {
  for (const [name, secret] of Object.entries(PLANTED)) {
    test(`${name}, in every spelling`, async () => {
      const mask = await maskFor();
      const spellings = [
        secret,
        encodeURIComponent(secret),
        Buffer.from(secret).toString("base64"),
        Buffer.from(secret).toString("base64url"),
        JSON.stringify(secret),
      ];
      for (const spelling of spellings) expect(mask(`before ${spelling} after`)).toMatch(/^before "?\*\*\*=*"? after$/);
    });
  }

  test("the name and password of a proxy as Basic credentials", async () => {
    const mask = await maskFor();
    const basic = Buffer.from(`alice:${PLANTED.proxyPassword}`).toString("base64");
    expect(mask(`Proxy-Authorization: Basic ${basic}`)).toBe("Proxy-Authorization: Basic ***");
  });

  test("each value of custom headers", async () => {
    const machine = fakeMachine({ env: { ANTHROPIC_CUSTOM_HEADERS: "X-One: plantedone1\nX-Two: Bearer plantedtwo2" } });
    const mask = await maskFor(machine);
    expect(mask("plantedone1 and plantedtwo2")).toBe("*** and ***");
  });

  test("a proxy without a name and password is no secret: its address is needed", async () => {
    const mask = await maskFor(fakeMachine({ env: { HTTPS_PROXY: "http://proxy.corp.example:3128" } }));
    expect(mask("export HTTPS_PROXY=http://proxy.corp.example:3128")).toBe(
      "export HTTPS_PROXY=http://proxy.corp.example:3128",
    );
  });

  test("the name and password of a target", async () => {
    const machine = fakeMachine();
    const { environment } = await sampleContext(machine, "en");
    const mask = maskerOf(machine, environment, new URL("https://bob:hunter2hunter2@relay.example/api"));
    expect(mask("Basic " + Buffer.from("bob:hunter2hunter2").toString("base64"))).toBe("Basic ***");
    expect(mask("https://bob:hunter2hunter2@relay.example/api")).toBe("https://***@relay.example/api");
  });

  test("values as they are shown", () => {
    expect(shownValue(new Secret("http://alice:s3cret@proxy:3128"))).toBe("http://***@proxy:3128");
    expect(shownValue(new Secret("http://proxy:3128"))).toBe("http://proxy:3128");
    expect(shownValue(new Secret("proxy:3128"))).toBe("proxy:3128");
    expect(shownValue(new Secret(PLANTED.key))).not.toContain("PLANTEDkeyPLANTED");
    expect(shownValue(new Secret("abcdefgh"))).not.toContain("abcdefgh");
  });
});

describe("names", () => {
  test("user, host and home go", async () => {
    const mask = await maskFor();
    expect(mask("mallory@moonbase: /home/mallory/.claude")).toBe("<user>@<host>: ~/.claude");
    expect(mask("/home/mallory2/x and C:\\Users\\mallory\\x")).toBe("/home/mallory2/x and C:\\Users\\<user>\\x");
  });

  test("names that are ordinary words stay: they would ruin sentences", async () => {
    const machine = fakeMachine({ user: "root", hostname: "localhost", home: "/root" });
    const mask = await maskFor(machine);
    expect(mask("the root certificate at /root/ca.pem on localhost")).toBe(
      "the root certificate at ~/ca.pem on localhost",
    );
  });

  test("a part of a longer word or address is not the name", async () => {
    const mask = await maskFor(fakeMachine({ user: "anna", hostname: "nora" }));
    expect(mask("Savannah, nora.example.com, anna")).toBe("Savannah, nora.example.com, <user>");
  });

  test("Windows paths, with single and doubled backslashes and in any case", async () => {
    const machine = fakeMachine({ platform: "win32", home: "C:\\Users\\Eve Adams", user: "Eve Adams" });
    const mask = await maskFor(machine);
    expect(mask("c:\\users\\eve adams\\.claude and C:\\\\Users\\\\Eve Adams\\\\x")).toBe("~\\.claude and ~\\\\x");
  });
});

describe("commands still work when they are pasted", () => {
  test("sh: the home folder is filled in again, in all quotes", async () => {
    const machine = sampleMachine();
    const { environment } = await sampleContext(machine, "en");
    const mask = commandMaskerOf(machine, environment, "sh");
    const command = `printf '%s\\n' /home/mallory/a '/home/mallory/b c' "/home/mallory/d" '/home/mallory/e"f$g'`;
    expect(mask(command)).not.toContain("mallory");
    const said = execFileSync("sh", ["-c", mask(command)], { env: { HOME: "/home/mallory" }, encoding: "utf8" });
    expect(said.split("\n").slice(0, 4)).toEqual([
      "/home/mallory/a",
      "/home/mallory/b c",
      "/home/mallory/d",
      '/home/mallory/e"f$g',
    ]);
  });

  test("cmd and PowerShell have their own names for it", async () => {
    const machine = fakeMachine({ platform: "win32", home: "C:\\Users\\eve", user: "eve" });
    const { environment } = await sampleContext(machine, "en");
    expect(commandMaskerOf(machine, environment, "cmd")('type "C:\\Users\\eve\\ca.pem"')).toBe(
      'type "%USERPROFILE%\\ca.pem"',
    );
    expect(commandMaskerOf(machine, environment, "powershell")("gc 'C:\\Users\\eve\\ca.pem'")).toBe(
      'gc "$HOME\\ca.pem"',
    );
  });

  test("a secret in a command goes as well", async () => {
    const machine = sampleMachine();
    const { environment } = await sampleContext(machine, "en");
    expect(commandMaskerOf(machine, environment, "sh")(`curl -H 'x-api-key: ${PLANTED.key}'`)).toBe(
      "curl -H 'x-api-key: ***'",
    );
  });
});
