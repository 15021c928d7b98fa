// The newest Anthropic SDK: key as Bearer, anthropic-version 2026-10-21, native fetch.
import { installed } from "./installed.ts";
import { sdkJourneys } from "./sdk-journeys.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

sdkJourneys({ name: "@anthropic-ai/sdk 1.12", Sdk: Anthropic, version: "2026-10-21", keyHeader: "authorization" });
