// The last SDK before 1.0: x-api-key, anthropic-version 2023-06-01, native fetch.
import { installed } from "./installed.ts";
import { type SdkClass, sdkJourneys } from "./sdk-journeys.ts";

const { Anthropic } = await installed(() => import("sdk0137"));

sdkJourneys({
  name: "@anthropic-ai/sdk 0.137",
  Sdk: Anthropic as unknown as SdkClass,
  version: "2023-06-01",
  keyHeader: "x-api-key",
});
