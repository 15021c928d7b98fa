// Ways to an access token: a service's secret, a token of the CI, a sign-in that is kept, a new sign-in.

import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";
import { callOAuth, numberOf, type OAuthAnswer, plain, textOf } from "./oauth-call.ts";
import type { Session, SessionFile } from "./session-file.ts";

/** An access token. */
export interface Access {
  readonly token: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
  readonly scope: string;
}

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** What a sign-in is by name at the gateway. */
export const CLIENT_ID = "fairlead-cli";
/** A kept access token is handed out while the gateway cannot renew it, if it is good for so long, milliseconds. */
const SPARE_MS = 30_000;

/** By the secret of a service. */
export async function serviceToken(
  url: string,
  id: string,
  secret: string,
  scope: string | undefined,
): Promise<Access> {
  const form = { grant_type: "client_credentials", client_id: id, client_secret: secret, scope };
  return accessOf(good(await callOAuth(url, "/oauth/token", form)));
}

/** By a token of an OIDC issuer that the gateway's configuration trusts. */
export async function federatedToken(url: string, assertion: string, scope: string | undefined): Promise<Access> {
  return accessOf(good(await callOAuth(url, "/oauth/token", { grant_type: JWT_BEARER, assertion, scope })));
}

/**
 * By the sign-in that is kept; undefined when there is none, or it counts no more. To be called alone. While the gateway
 * cannot renew it the access token that is kept is given, if it is still good.
 */
export async function keptToken(
  file: SessionFile,
  url: string,
  scope: string | undefined,
): Promise<Access | undefined> {
  const session = file.read();
  if (session === undefined) return undefined;
  const form = { grant_type: "refresh_token", client_id: session.clientId, refresh_token: session.refreshToken, scope };
  let answer = await callOAuth(url, "/oauth/token", form);
  // The answer may have been lost behind a token that is used up by now: asked again at once the gateway gives the same.
  if (answer.status === 0) answer = await callOAuth(url, "/oauth/token", form);
  if (answer.error === "invalid_grant") {
    file.remove();
    return undefined;
  }
  if (
    (answer.status === 0 || answer.status >= 500) &&
    scope === undefined &&
    session.expiresAt - Date.now() > SPARE_MS
  ) {
    return { token: session.accessToken, expiresAt: session.expiresAt, scope: session.scope };
  }
  return keep(file, url, session.clientId, good(answer), scope === undefined);
}

/** By asking a person. Words for them go to standard error. To be called alone. */
export async function signIn(
  file: SessionFile,
  url: string,
  scope: string | undefined,
  terminal: Terminal,
): Promise<Access> {
  const begun = good(await callOAuth(url, "/oauth/device_authorization", { client_id: CLIENT_ID, scope }));
  const code = textOf(begun, "device_code");
  const userCode = textOf(begun, "user_code");
  const page = textOf(begun, "verification_uri_complete") ?? textOf(begun, "verification_uri");
  if (code === undefined || userCode === undefined || page === undefined || !/^https?:\/\//.test(page)) {
    throw new CliError(`${url} began a sign-in without saying where to approve it; its version may be another`);
  }
  const lifeS = numberOf(begun, "expires_in", 600, 3_600);
  let waitS = numberOf(begun, "interval", 5, 120);
  terminal.err.write(
    `To sign in to ${url}, open\n\n  ${plain(page)}\n\nand approve the code ${plain(userCode)}. Waiting …\n`,
  );
  const until = Date.now() + lifeS * 1_000;
  while (Date.now() < until) {
    await sleep(waitS * 1_000);
    const form = { grant_type: DEVICE, client_id: CLIENT_ID, device_code: code };
    const answer = await callOAuth(url, "/oauth/token", form);
    if (answer.error === "slow_down") waitS += 5;
    else if (answer.error === "authorization_pending" || answer.status === 0 || answer.status >= 500) continue;
    else if (answer.error === "expired_token") break;
    else return keep(file, url, CLIENT_ID, good(answer));
  }
  throw new CliError("nobody approved the sign-in in time; run fairlead token again");
}

/** Ends the sign-in here and at the gateway. True when there was one. */
export async function signOut(file: SessionFile, url: string): Promise<boolean> {
  const session = file.read();
  if (session === undefined) return false;
  const answer = await callOAuth(url, "/oauth/revoke", { client_id: session.clientId, token: session.refreshToken });
  file.remove();
  if (answer.error === undefined) return true;
  throw new CliError(`the sign-in is forgotten here, but the gateway was not told: ${answer.says}`);
}

/** A token with less than all is not kept to be handed out again. */
function keep(file: SessionFile, url: string, clientId: string, answer: OAuthAnswer, whole = true): Access {
  const access = accessOf(answer);
  const refreshToken = textOf(answer, "refresh_token");
  if (refreshToken === undefined) throw new CliError(`${url} gave no refresh token; its version may be another`);
  const session: Session = {
    url,
    clientId,
    refreshToken,
    accessToken: whole ? access.token : "",
    expiresAt: whole ? access.expiresAt : 0,
    scope: access.scope,
  };
  file.write(session);
  return access;
}

function accessOf(answer: OAuthAnswer): Access {
  const token = textOf(answer, "access_token");
  // It is printed for a program that puts it into a header.
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw new CliError("the gateway answered without a token");
  const expiresAt = Date.now() + numberOf(answer, "expires_in", 0, 86_400) * 1_000;
  return { token, expiresAt, scope: textOf(answer, "scope") ?? "" };
}

function good(answer: OAuthAnswer): OAuthAnswer {
  if (answer.error === undefined) return answer;
  throw new CliError(
    answer.status === 0 ? answer.says : `the gateway refused (${plain(answer.error)}): ${answer.says}`,
  );
}
