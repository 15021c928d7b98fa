// Judges a chain of certificates: who trusts it, and every fault of it on its own. OpenSSL tells only the first.

import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { formatRfc3339 } from "@fairlead/protocol";
import type { CertificateFacts, Trust } from "../facts/tls.ts";
import { shortName } from "./ca-file.ts";
import { hasTimestamps, limitsNames, type Outline, outlineOf, pathLengthOf } from "./der.ts";
import { inspectorOf } from "./inspectors.ts";
import { parsed, type RootStore } from "./root-store.ts";
import type { Stores } from "./stores.ts";

/** One certificate with its outline. */
interface Link {
  readonly cert: X509Certificate;
  readonly outline: Outline;
}

/** Certificates of a path from a leaf to its root at most; real ones have four. */
const LONGEST = 8;
/** Paths looked at: cross-signed roots make a few. */
const MOST_PATHS = 32;
/** Extended key usage "server authentication" and "any" (RFC 5280 section 4.2.1.12). */
const FOR_SERVERS = ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"];

/** The chain as facts, the leaf first. */
export function chainFacts(chain: readonly Uint8Array[]): CertificateFacts[] {
  return linksOf(chain).map(({ cert, outline }) => {
    const issuerUrl = issuerUrlOf(cert);
    return {
      subject: oneLine(cert.subject),
      issuer: oneLine(cert.issuer),
      notBefore: formatRfc3339(outline.notBefore),
      notAfter: formatRfc3339(outline.notAfter),
      names: namesOf(cert),
      fingerprint: cert.fingerprint256,
      isCa: cert.ca,
      key: keyOf(cert),
      ...(issuerUrl === undefined ? {} : { issuerUrl }),
    };
  });
}

/** Judges `chain` (DER, the leaf first) for `host`. `nowMs` = wall time. Undefined when there is no certificate in it. */
export function judge(chain: readonly Uint8Array[], host: string, nowMs: number, stores: Stores): Trust | undefined {
  const links = linksOf(chain);
  const leaf = links[0];
  if (leaf === undefined) return undefined;
  const leads = (store: RootStore | undefined, partial = false) =>
    store === undefined ? undefined : pathTo(links, store, partial, nowMs);
  const byProgram = leads(stores.program, stores.partial);
  const byPublic = leads(stores.public);
  const bySystem = leads(stores.system);
  const byExtra = leads(stores.extra, stores.partial);
  const path = byProgram ?? byPublic ?? byExtra ?? bySystem ?? presentedPath(links);
  const expired = path.some(({ outline }) => outline.notAfter < nowMs);
  const notYetValid = path.some(({ outline }) => outline.notBefore > nowMs);
  const wrongName = !holdsName(leaf.cert, host);
  const forServers = isForServers(leaf.cert);
  const top = links[links.length - 1] ?? leaf;
  const anyPath = byPublic ?? byExtra ?? bySystem ?? byProgram;
  const issuers = links.map(({ cert }) => cert.issuer);
  const inspector = byPublic === undefined ? inspectorOf(issuers) : undefined;
  const sound = !expired && !notYetValid && !wrongName && forServers;
  const safe = byPublic ?? bySystem ?? byExtra;
  const datesOf = (links: readonly Link[]) =>
    links.every(({ outline }) => outline.notBefore <= nowMs && outline.notAfter >= nowMs);
  const error = errorOf(links, byProgram !== undefined, { expired, notYetValid, wrongName, forServers });
  const untrusted = byProgram === undefined ? shortName(top.cert.issuer) : undefined;
  const selfSigned = isSelfSigned(leaf);
  const incomplete =
    anyPath === undefined && !selfSigned && inspector === undefined && lacksIntermediate(links, stores);
  const staleFile = byProgram === undefined ? staleFileOf(links, stores) : undefined;
  const rootlessFile = byProgram === undefined ? rootlessFileOf(links, stores, nowMs) : undefined;
  return {
    public: byPublic !== undefined,
    system: stores.system === undefined ? undefined : bySystem !== undefined,
    extra: byExtra !== undefined,
    program: byProgram !== undefined && sound,
    // What names a limited authority may sign is not worked out here: no key goes on its word alone.
    keySafe: safe !== undefined && datesOf(safe) && !wrongName && forServers && !(safe === byPublic && limited(safe)),
    ...(error === undefined ? {} : { error }),
    expired,
    notYetValid,
    wrongName,
    incomplete,
    selfSigned,
    ...(inspector === undefined ? {} : { inspector: inspector.name }),
    ...(untrusted === undefined ? {} : { untrustedIssuer: untrusted }),
    ...(staleFile === undefined ? {} : { staleFile }),
    ...(rootlessFile === undefined ? {} : { rootlessFile }),
    unreadFiles: byProgram === undefined ? unreadFilesOf(links, stores, nowMs) : [],
  };
}

/** Whether every date of the shown chain fits that time. */
export function datesFit(chain: readonly Uint8Array[], atMs: number): boolean {
  return linksOf(chain).every(({ outline }) => outline.notBefore <= atMs && outline.notAfter >= atMs);
}

function limited(path: readonly Link[]): boolean {
  return path.slice(1, -1).some(({ cert }) => limitsNames(cert.raw));
}

function linksOf(chain: readonly Uint8Array[]): Link[] {
  return chain.flatMap((der) => linkOf(parsed(der)) ?? []);
}

function linkOf(cert: X509Certificate | undefined): Link | undefined {
  const outline = cert === undefined ? undefined : outlineOf(cert.raw);
  return cert === undefined || outline === undefined ? undefined : { cert, outline };
}

/** A path from the leaf to a root of the store, the one with good dates before others; undefined when there is none. */
function pathTo(
  links: readonly Link[],
  store: RootStore,
  partial: boolean,
  nowMs: number,
): readonly Link[] | undefined {
  const [leaf] = links;
  if (leaf === undefined) return undefined;
  let fallback: readonly Link[] | undefined;
  let left = MOST_PATHS;
  for (const path of pathsFrom([leaf], links, store, partial)) {
    if (path.every(({ outline }) => outline.notBefore <= nowMs && outline.notAfter >= nowMs)) return path;
    fallback ??= path;
    left -= 1;
    if (left === 0) break;
  }
  return fallback;
}

function* pathsFrom(
  path: readonly Link[],
  shown: readonly Link[],
  store: RootStore,
  partial: boolean,
): Generator<readonly Link[]> {
  const last = path[path.length - 1];
  if (last === undefined || path.length > LONGEST) return;
  const kept = store.named(last.outline.subject).some((one) => one.fingerprint256 === last.cert.fingerprint256);
  if (kept && (partial || isSelfSigned(last))) yield path;
  if (isSelfSigned(last)) return;
  const trusted = store.named(last.outline.issuer).flatMap((one) => linkOf(one) ?? []);
  const candidates = [...trusted, ...shown.filter(({ outline }) => outline.subject === last.outline.issuer)];
  const tried = new Set(path.map(({ cert }) => cert.fingerprint256));
  for (const candidate of candidates) {
    if (tried.has(candidate.cert.fingerprint256) || !signed(candidate.cert, last.cert)) continue;
    // The leaf and the authorities below this one: those may be only so many.
    if (path.length - 1 > (pathLengthOf(candidate.cert.raw) ?? path.length)) continue;
    tried.add(candidate.cert.fingerprint256);
    yield* pathsFrom([...path, candidate], shown, store, partial);
  }
}

/** The chain as shown, as far as each is signed by the next. */
function presentedPath(links: readonly Link[]): readonly Link[] {
  const path: Link[] = [];
  for (const link of links) {
    const below = path[path.length - 1];
    if (below !== undefined && !signed(link.cert, below.cert)) break;
    path.push(link);
  }
  return path;
}

function signed(issuer: X509Certificate, subject: X509Certificate): boolean {
  try {
    return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
  } catch {
    // A key of a kind that this Node does not know signs nothing here.
    return false;
  }
}

function isSelfSigned({ cert, outline }: Link): boolean {
  if (outline.subject !== outline.issuer) return false;
  try {
    return cert.verify(cert.publicKey);
  } catch {
    return false;
  }
}

function holdsName(cert: X509Certificate, host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  // The common name counts for no program today.
  if (isIP(bare) !== 0) return cert.checkIP(bare) !== undefined;
  return (
    cert.checkHost(bare.replace(/\.$/, ""), { subject: "never", wildcards: true, partialWildcards: false }) !==
    undefined
  );
}

function isForServers(cert: X509Certificate): boolean {
  // Node calls the extended usages keyUsage.
  const uses = cert.keyUsage as readonly string[] | undefined;
  return uses === undefined || uses.length === 0 || uses.some((use) => FOR_SERVERS.includes(use));
}

/** The code that OpenSSL would stop at. */
function errorOf(
  links: readonly Link[],
  trusted: boolean,
  faults: {
    readonly expired: boolean;
    readonly notYetValid: boolean;
    readonly wrongName: boolean;
    readonly forServers: boolean;
  },
): string | undefined {
  const [leaf] = links;
  const top = links[links.length - 1];
  if (!trusted && leaf !== undefined && top !== undefined) {
    if (isSelfSigned(leaf)) return "DEPTH_ZERO_SELF_SIGNED_CERT";
    if (isSelfSigned(top)) return "SELF_SIGNED_CERT_IN_CHAIN";
    return links.length === 1 ? "UNABLE_TO_VERIFY_LEAF_SIGNATURE" : "UNABLE_TO_GET_ISSUER_CERT_LOCALLY";
  }
  if (faults.notYetValid) return "CERT_NOT_YET_VALID";
  if (faults.expired) return "CERT_HAS_EXPIRED";
  if (!faults.forServers) return "INVALID_PURPOSE";
  return faults.wrongName ? "ERR_TLS_CERT_ALTNAME_INVALID" : undefined;
}

/**
 * Whether the missing issuer looks like the intermediate of a public CA: signed time stamps are in the leaf, or the issuer
 * bears the name of a public root's owner. Where it could be fetched proves nothing: companies publish theirs as well.
 */
function lacksIntermediate(links: readonly Link[], stores: Stores): boolean {
  const [leaf] = links;
  const top = links[links.length - 1];
  if (leaf === undefined || top === undefined || isSelfSigned(top)) return false;
  if (hasTimestamps(leaf.cert.raw)) return true;
  const owner = ownerOf(top.outline.issuer);
  if (owner === undefined) return false;
  for (const name of stores.public.names()) if (ownerOf(name) === owner) return true;
  return false;
}

/** Whom an authority belongs to: its organisation, else its common name without the words that all authorities have. */
function ownerOf(name: string): string | undefined {
  const of = (oid: string) =>
    name
      .split("\n")
      .find((one) => one.startsWith(`${oid}=`))
      ?.slice(oid.length + 1);
  const organisation = of("55040a");
  if (organisation !== undefined) return `o ${organisation}`;
  const stem = of("550403")
    ?.toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(
      (word) =>
        !/^(?:root|ca|ca\d+|intermediate|issuing|sub|subordinate|authority|certificate|certification|[a-z]?\d+|)$/.test(
          word,
        ),
    )
    .join(" ");
  return stem === undefined || stem === "" ? undefined : `cn ${stem}`;
}

function issuerUrlOf(cert: X509Certificate): string | undefined {
  return /CA Issuers - URI:(\S+)/.exec(cert.infoAccess ?? "")?.[1];
}

/** A file that the program trusts with a CA of the issuer's name that did not sign this. */
function staleFileOf(links: readonly Link[], stores: Stores): string | undefined {
  for (const { cert, outline } of links)
    for (const one of stores.files) {
      const named = one.read ? one.roots.named(outline.issuer) : [];
      if (named.length > 0 && !named.some((issuer) => signed(issuer, cert))) return one.path;
    }
  return undefined;
}

/** A file that the program trusts with a CA that did sign this, and without the root above it. */
function rootlessFileOf(links: readonly Link[], stores: Stores, nowMs: number): string | undefined {
  return stores.files.find(
    (one) =>
      one.read &&
      one.file.problem === undefined &&
      pathTo(links, one.roots, false, nowMs) === undefined &&
      links.some(({ cert, outline }) => one.roots.named(outline.issuer).some((issuer) => signed(issuer, cert))),
  )?.path;
}

function unreadFilesOf(links: readonly Link[], stores: Stores, nowMs: number): Trust["unreadFiles"] {
  return stores.files
    .filter((one) => !one.read && pathTo(links, one.roots, false, nowMs) !== undefined)
    .map(({ name, path, source }) => ({ name, path, where: source.path ?? source.kind }));
}

function namesOf(cert: X509Certificate): string[] {
  return (cert.subjectAltName ?? "")
    .split(", ")
    .flatMap((one) => /^(?:DNS|IP Address):(.+)$/.exec(one)?.[1] ?? [])
    .slice(0, 20);
}

function keyOf(cert: X509Certificate): string {
  const { asymmetricKeyType: type = "unknown", asymmetricKeyDetails: details } = safeKey(cert);
  return `${type}${details?.modulusLength ?? ""}${details?.namedCurve === undefined ? "" : ` ${details.namedCurve}`}`;
}

function safeKey(cert: X509Certificate): Partial<X509Certificate["publicKey"]> {
  try {
    return cert.publicKey;
  } catch {
    return {};
  }
}

function oneLine(name: string): string {
  return name.replaceAll("\n", ", ");
}
