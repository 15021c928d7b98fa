// The address that the program would send a message to.

import type { Options } from "../context.ts";
import type { Platform, Target } from "../target.ts";
import { regionOf, resourceOf } from "./cloud-lint.ts";
import { cloudOf } from "./credential-order.ts";
import type { Environment, Setting } from "./environment.ts";
import { textOf } from "./variable-names.ts";

const API = "https://api.anthropic.com";
/** Region of the AWS SDKs' documents for Claude, when none is set. */
const AWS_REGION = "us-east-1";
/** Claude Code's default for Vertex (https://code.claude.com/docs/en/google-vertex-ai). */
const VERTEX_REGION = "us-east5";

/** What is to be reached. A value that is no usable URL counts as not set here: `env.url` reports it. */
export function findTarget(environment: Environment, options: Pick<Options, "target">): Target {
  const look = (name: string) => environment.variables.get(name)?.effective;
  const asked = options.target;
  const cloud = cloudOf(environment.client, look, options);
  if (cloud !== undefined) return cloudTarget(cloud.platform, look, cloud.by);
  if (asked !== undefined && asked !== "anthropic") {
    const url = usableUrl(asked);
    if (url !== undefined) return targetOf(url, undefined, platformOf(url));
  }
  if (asked === "anthropic") return targetOf(new URL(API), undefined, "anthropic");
  const set = look("ANTHROPIC_BASE_URL");
  const url = set === undefined ? undefined : usableUrl(textOf(set.value));
  return url === undefined ? targetOf(new URL(API), undefined, "anthropic") : targetOf(url, set, platformOf(url));
}

/** The URL of a text when a program can send requests to it; blanks round it and slashes at its end do not matter here. */
export function usableUrl(text: string): URL | undefined {
  const bare = text.trim().replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/i.test(bare) || !URL.canParse(bare)) return undefined;
  return new URL(bare);
}

/** Whose address it is. */
export function platformOf(url: URL): Platform {
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (host === "api.anthropic.com") return "anthropic";
  if (
    /^bedrock-runtime(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/.test(host) ||
    /^bedrock-mantle\.[a-z0-9-]+\.api\.aws$/.test(host)
  )
    return "bedrock";
  if (
    /^(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com$/.test(host) ||
    /^aiplatform\.[a-z]+\.rep\.googleapis\.com$/.test(host)
  )
    return "vertex";
  return /^[a-z0-9-]+\.services\.ai\.azure\.com$/.test(host) ? "foundry" : "custom";
}

function targetOf(url: URL, from: Setting | undefined, platform: Platform, more: Partial<Target> = {}): Target {
  const tls = url.protocol === "https:";
  const port = url.port === "" ? (tls ? 443 : 80) : Number(url.port);
  const official = platformOf(url) !== "custom" && tls && port === 443;
  // An IPv6 address stands in brackets in a URL, and nowhere else.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { platform, url, host, port, tls, from, official, ...more };
}

type Look = (name: string) => Setting | undefined;

function cloudTarget(platform: Platform, look: Look, by: Setting | undefined): Target {
  const text = (name: string) => {
    const setting = look(name);
    const value = setting === undefined ? "" : textOf(setting.value).trim();
    return value === "" ? undefined : value;
  };
  const based = (name: string, otherwise: string, more: Partial<Target>) => {
    const set = look(name);
    const url = set === undefined ? undefined : usableUrl(textOf(set.value));
    const fallback = URL.canParse(otherwise) ? new URL(otherwise) : new URL(API);
    return url === undefined ? targetOf(fallback, by, platform, more) : targetOf(url, set, platform, more);
  };
  switch (platform) {
    case "vertex": {
      const region = named("vertex", text("CLOUD_ML_REGION")) ?? VERTEX_REGION;
      const project = text("ANTHROPIC_VERTEX_PROJECT_ID") ?? text("GOOGLE_CLOUD_PROJECT");
      return based("ANTHROPIC_VERTEX_BASE_URL", `https://${vertexHost(region)}/v1`, {
        region,
        ...(project === undefined ? {} : { project }),
      });
    }
    case "foundry": {
      const resource = resourceOf(text("ANTHROPIC_FOUNDRY_RESOURCE") ?? "");
      const host = `${resource ?? "resource-not-set"}.services.ai.azure.com`;
      return based(
        "ANTHROPIC_FOUNDRY_BASE_URL",
        `https://${host}/anthropic`,
        resource === undefined ? {} : { resource },
      );
    }
    default: {
      const region = named("bedrock", text("AWS_REGION") ?? text("AWS_DEFAULT_REGION")) ?? AWS_REGION;
      const mantle = by?.name === "CLAUDE_CODE_USE_MANTLE";
      const host = mantle
        ? `bedrock-mantle.${region}.api.aws`
        : `bedrock-runtime.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
      return based(mantle ? "ANTHROPIC_BEDROCK_MANTLE_BASE_URL" : "ANTHROPIC_BEDROCK_BASE_URL", `https://${host}`, {
        region,
      });
    }
  }
}

/** A text that is no region never becomes a part of an address; `env.url` reports it. */
function named(platform: "bedrock" | "vertex", text: string | undefined): string | undefined {
  return text === undefined ? undefined : regionOf(platform, text);
}

/** Regions have their own hosts, the global endpoint and the two multi-regions others. */
function vertexHost(region: string): string {
  if (region === "global") return "aiplatform.googleapis.com";
  return region === "us" || region === "eu"
    ? `aiplatform.${region}.rep.googleapis.com`
    : `${region}-aiplatform.googleapis.com`;
}
