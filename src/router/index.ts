// The library's public face: `pg-highload-lab/router`.
export {Router, type RoutedResult} from './router.ts'
export type {Explanation} from './requests/explanation.ts'
export {RoutedClient} from './client/routed-client.ts'
export {driverOf} from './client/driver-of.ts'
export {CommitUnknownError, RouterError, type RouterErrorCode} from './failures/router-error.ts'
export {
  classifyError,
  judgeError,
  sqlStateOf,
  type ConnectionAfter,
  type FailureOutcome,
  type Judgement,
  type Phase,
  type Retry,
} from './failures/classify-error.ts'
export {commitTokenTable, type CommitTokens} from './failures/commit-token.ts'
export {committedLocallyOnly, type Notice} from './connections/sync-wait.ts'
export {Session} from './freshness/session.ts'
export {currentSession, runInSession} from './freshness/session-scope.ts'
export {formatToken, parseToken, type Token} from './freshness/token.ts'
export type {Consistency} from './freshness/decide-freshness.ts'
export type {ReadOptions, RequestOptions, RouterOptions, TransactionOptions, WriteOptions} from './options.ts'
export type {Proof} from './requests/proof.ts'
export type {From, Route, Routed} from './requests/request.ts'
export type {NodeFacts} from './requests/node-facts.ts'
export type {ExplainedNode} from './requests/picker.ts'
export type {ServingReason, ServingWhy} from './requests/serving-reasons.ts'
export type {TransactionClient} from './requests/transaction-client.ts'
export type {Isolation, TransactionResult} from './requests/transaction-request.ts'
export type {Row, StatementResult} from './connections/connection.ts'
export type {
  AttemptFailedEvent,
  CatalogueEvent,
  NodeClosedEvent,
  PrimaryEvent,
  PrimaryLostEvent,
  ProbeEvent,
  RefusedEvent,
  ReplicaEvent,
  RouterEvents,
  ServedEvent,
  SettledEvent,
} from './router-events.ts'
export type {StatementPlan, StatementKind} from './statements/statement-plan.ts'
export type {Refused} from './topology/decide-primary.ts'
export type {CloseReason} from './topology/topology-change.ts'
export type {TopologyOptions, TopologyTimes} from './topology/topology-options.ts'
export type {Address} from './topology/parse-patroni.ts'
