// Everything the engine offers.

export { CODES, type Code, type CodeRow, wordsOf } from "./codes.ts";
export { eventful, stepText, traceLine } from "./decision-trace.ts";
export { type Before, engineParts, type PartOptions, type Parts } from "./engine-parts.ts";
export {
  type AttemptCost,
  type CacheWish,
  cacheWishOf,
  type Exchange,
  type Look,
  newTally,
  PRIORITIES,
  type Principal,
  type Priority,
  priorityOf,
  type Step as TrailStep,
  type Tally,
  type TraceIds,
  type Try,
} from "./exchange.ts";
export type { AttemptFact, CircuitFact, RequestFact, WaitFact } from "./facts.ts";
export {
  type AnswerFacts,
  bytesSource,
  type Ending,
  type Fault,
  Flow,
  type Gleaner,
  type OutputCount,
  type Reader,
  type Release,
  type Sink,
  type Source,
  type SourceSink,
  type Tap,
} from "./flow.ts";
export { Budget } from "./mechanics/budget.ts";
export { canonicalKey } from "./mechanics/canonical-key.ts";
export { Circuit } from "./mechanics/circuit.ts";
export { HORIZON_MS, LEASE_MS, Lease, type LeaseTold } from "./mechanics/lease.ts";
export { MoneyAccount, type WindowAt } from "./mechanics/money-account.ts";
export { betterOfTwo, loadCost, PeakEwma } from "./mechanics/peak-ewma.ts";
export { Predictor, type Route } from "./mechanics/predictor.ts";
export { Preference } from "./mechanics/preference.ts";
export {
  type Dimension,
  Quota,
  type QuotaCost,
  type QuotaLimits,
  type QuotaNumbers,
  type QuotaState,
  type Reservation,
} from "./mechanics/quota.ts";
export { RateAccount } from "./mechanics/rate-account.ts";
export { type Hash64, Hasher, hashText, loadCap, ranked } from "./mechanics/rendezvous.ts";
export { SPEND_CAP_OPTIONS, SpendCap, type SpendCapNumbers, spendCapNumbers } from "./mechanics/spend-cap.ts";
export {
  type BlockSpec,
  type Input,
  nearest,
  OptionError,
  type OptionSpec,
  readDuration,
  readOption,
  readOptions,
  showDuration,
  type Values,
} from "./options.ts";
export { type Answer, type Failure, failure, type Outcome } from "./outcome.ts";
export {
  type Described,
  type Layer,
  type Next,
  type Pipeline,
  type Placed,
  type Policy,
  pipeline,
} from "./pipeline.ts";
export { ADMISSION_OPTIONS, healthNumbers } from "./policies/admission-options.ts";
export { admit } from "./policies/admit.ts";
export { BREAKER_OPTIONS, breaker } from "./policies/breaker.ts";
export { CACHE_OPTIONS, Cache, type CacheFigures, cache } from "./policies/cache.ts";
export { commit, RECOVER_OPTIONS } from "./policies/commit.ts";
export { deadline } from "./policies/deadline.ts";
export { followingFlow } from "./policies/followed.ts";
export { HEDGE_OPTIONS, type HedgeFigures, Hedges, hedge, hedgeCap } from "./policies/hedge.ts";
export { JOIN_OPTIONS, type JoinFigures, Joins, join } from "./policies/join.ts";
export { journal } from "./policies/journal.ts";
export { LIMITS_OPTIONS, Limiter, type LimitsFigures, limits } from "./policies/limits.ts";
export { kindOf, type RequestKind } from "./policies/request-kind.ts";
export { RETRY_OPTIONS, retry } from "./policies/retry.ts";
export { Spend, type SpendFigure } from "./policies/spend.ts";
export { TIMEOUT_OPTIONS, timeouts } from "./policies/timeouts.ts";
export { trace } from "./policies/trace.ts";
export { Admission } from "./targets/admission.ts";
export {
  BALANCE_OPTIONS,
  type BalanceFigures,
  type BalanceOf,
  Balancer,
  type Hold,
  RULE_BALANCE_OPTIONS,
  type View as BalanceView,
} from "./targets/balancer.ts";
export type { Kept } from "./targets/carried.ts";
export { type Conversation, conversationOf, type Tie } from "./targets/conversation.ts";
export {
  type BudgetFigure,
  type CarriedFigure,
  type CooldownFigure,
  type EngineFigures,
  type EngineParts,
  engineFigures,
  type LoadFigure,
  type QueueClassFigure,
  type QueueFigure,
  type QuotaFigure,
} from "./targets/engine-figures.ts";
export { Health } from "./targets/health.ts";
export type { QueueRefusal } from "./targets/learned.ts";
export { type MovePrice, movePrice, stayOrMove } from "./targets/move-price.ts";
export { type Order, Orders } from "./targets/orders.ts";
export { type LimitsOf, QUOTA_OPTIONS, Quotas, quotaClass } from "./targets/quotas.ts";
export { Router, type Serves } from "./targets/router.ts";
export type { Target } from "./targets/target.ts";
export {
  type Allowance,
  BUDGET_OPTIONS,
  DUPLICATE_OPTIONS,
  type Duplicates,
  TENANCY_OPTIONS,
  TENANT_LIMIT_OPTIONS,
  type TenantBudget,
  type TenantLimits,
} from "./tenancy-options.ts";
export { type Scope, VERDICTS, type Verdict, type VerdictRow } from "./verdict.ts";
