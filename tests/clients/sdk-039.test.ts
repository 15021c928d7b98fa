// An SDK of early 2025: x-api-key, anthropic-version 2023-06-01, node-fetch with lower-case headers and an agent of its own.
import { installed } from "./installed.ts";
import { type SdkClass, sdkJourneys } from "./sdk-journeys.ts";

const { Anthropic } = await installed(() => import("sdk039"));

sdkJourneys({
  name: "@anthropic-ai/sdk 0.39",
  Sdk: Anthropic as unknown as SdkClass,
  version: "2023-06-01",
  keyHeader: "x-api-key",
});
