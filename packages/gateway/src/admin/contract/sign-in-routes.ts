// Pages for people: signing in and out, and approving a device.

import { z } from "zod";
import { route } from "./route.ts";

const tag = "Sign-in";
const PAGE = "text/html; charset=utf-8";
const page = true;
const besides = { 303: "Leads on to another page." };

/**
 * A path of this address, and of no other: what a browser takes for another host is refused, and so is what stands in no
 * address as it is.
 */
const next = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[!-[\]-~]*$/, { error: "must be a path of this address" });

/** Routes of sign-in. */
export const SIGN_IN_ROUTES = {
  signIn: route({
    method: "GET",
    path: "/sign-in",
    access: "open",
    tag,
    page,
    besides,
    says: "Sends a person to the identity provider, and back to `next` afterwards; asks for an admin key where there is none.",
    query: z.strictObject({ next: next.optional(), with: z.enum(["key"], { error: "must be key" }).optional() }),
    answer: PAGE,
  }),
  signInWithKey: route({
    method: "POST",
    path: "/sign-in",
    access: "open",
    tag,
    page,
    besides,
    says: "Signs a person in with an admin key.",
    body: z.strictObject({ key: z.string().max(500), next: next.optional() }),
    answer: PAGE,
  }),
  signInBack: route({
    method: "GET",
    path: "/sign-in/callback",
    access: "open",
    tag,
    page,
    besides,
    says: "Where the identity provider sends a person back to.",
    query: z.looseObject({}),
    answer: PAGE,
  }),
  signOut: route({
    method: "POST",
    path: "/sign-out",
    access: "open",
    tag,
    page,
    besides,
    says: "Ends the session of this browser.",
    body: z.strictObject({ csrf: z.string().max(200) }),
    answer: PAGE,
  }),
  devicePage: route({
    method: "GET",
    path: "/device",
    access: "open",
    tag,
    page,
    besides,
    says: "The page on which a person approves a device that shows a code; asks to sign in first.",
    query: z.strictObject({ user_code: z.string().max(40).optional() }),
    answer: PAGE,
  }),
  deviceAnswer: route({
    method: "POST",
    path: "/device",
    access: "open",
    tag,
    page,
    besides,
    says: "Approves or refuses a device, for the person who is signed in.",
    body: z.strictObject({
      user_code: z.string().max(40),
      csrf: z.string().max(200),
      answer: z.enum(["look", "approve", "refuse"]),
      project: z.string().max(64).optional(),
    }),
    answer: PAGE,
  }),
};
