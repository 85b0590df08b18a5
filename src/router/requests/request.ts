// What the router is asked to do, as a value: which node may serve it, how one try runs, how its failure is told. Not here: the loop over tries (router.ts).
import {runStatement, runTransaction, type TransactionClient} from './attempt.ts'
import {chooseStandby} from '../topology/choose-standby.ts'
import type {Deadline} from '../time/deadline.ts'
import type {Target, Topology} from '../topology/decide-primary.ts'
import type {Lease, StatementResult} from '../connections/lease.ts'
import type {Proof} from '../options.ts'
import type {Access} from '../connections/pools.ts'
import type {Notice} from '../connections/sync-wait.ts'

/** Where a request was served, and what it took. */
export interface Route {
  readonly node: string
  readonly role: 'primary' | 'standby'
  readonly timeline: number | null
  /** From the call until a connection was had for the try that succeeded. */
  readonly waitedMs: number
  /** 1: the first try succeeded. Looking for a try that was not answered is no try. */
  readonly attempts: number
  /** found: no try was answered, and a proof showed on this node that one was applied; what it returned is not known. null: this try was answered. */
  readonly settled: 'found' | null
}

/**
 * `pg`'s result, where it came from, and the notices that came with it (see committedLocallyOnly). With `route.settled` the statement's own result is lost:
 * `rows` is empty and `rowCount` null.
 */
export type RoutedResult = StatementResult & {readonly route: Route; readonly notices: readonly Notice[]}

export interface TransactionResult<T> {
  /** What the function returned. */
  readonly value: T
  readonly route: Route
  readonly notices: readonly Notice[]
}

export interface Pick {
  readonly target: Target
  readonly role: 'primary' | 'standby'
}

/** One request. `T` is what its caller gets. */
export interface Request<T> {
  readonly kind: 'write' | 'read' | 'transaction'
  readonly access: Access
  /** What to say when no node could be picked. */
  readonly missing: 'NO_PRIMARY' | 'NO_STANDBY'
  /** A node for the next try, avoiding those in `tried` where there is a choice; null: wait. `chance` in [0, 1). */
  pick(topology: Topology, tried: ReadonlySet<string>, chance: number): Pick | null
  run(lease: Lease, route: Route, deadline: Deadline): Promise<T>
  /** How an unknown outcome is settled; null: not at all. */
  readonly settlement: Settlement<T> | null
}

interface Settlement<T> {
  readonly proof: Proof
  /** What the caller gets when the proof found the write. */
  found(lease: Lease, route: Route): T
}

/** One autocommitted statement on the primary. */
export function writeRequest(text: string, values: readonly unknown[], proof: Proof | null): Request<RoutedResult> {
  return {
    kind: 'write',
    access: 'read-write',
    missing: 'NO_PRIMARY',
    pick: pickPrimary,
    run: async (lease, route, deadline) => routed(await runStatement(lease, 'autocommit', text, values, deadline), lease, route),
    settlement: proof === null ? null : {proof, found: (lease, route) => routed({command: '', rowCount: null, oid: 0, fields: [], rows: []}, lease, route)},
  }
}

/** One statement without effects. */
export function readRequest(text: string, values: readonly unknown[], from: 'primary' | 'standby', strict: boolean): Request<RoutedResult> {
  const fromStandby = from === 'standby'
  return {
    kind: 'read',
    access: 'read-only',
    missing: fromStandby && strict ? 'NO_STANDBY' : 'NO_PRIMARY',
    pick: (topology, tried, chance) => (fromStandby ? pickStandby(topology, tried, chance, strict) : pickPrimary(topology)),
    run: async (lease, route, deadline) => routed(await runStatement(lease, 'read', text, values, deadline), lease, route),
    settlement: null,
  }
}

/** A function in one transaction on the primary. */
export function transactionRequest<T>(work: (client: TransactionClient) => Promise<T>, rerun: boolean, proof: Proof | null): Request<TransactionResult<T | null>> {
  return {
    kind: 'transaction',
    access: 'read-write',
    missing: 'NO_PRIMARY',
    pick: pickPrimary,
    run: async (lease, route, deadline) => ({value: await runTransaction(lease, work, rerun, deadline), route, notices: lease.notices}),
    settlement: proof === null ? null : {proof, found: (lease, route) => ({value: null, route, notices: lease.notices})},
  }
}

function pickPrimary({primary}: Topology): Pick | null {
  return primary === null ? null : {target: primary, role: 'primary'}
}

/** A standby that was not tried, else the primary, else a standby once more. */
function pickStandby(topology: Topology, tried: ReadonlySet<string>, chance: number, strict: boolean): Pick | null {
  const untried = chooseStandby(topology, tried, chance)
  if (untried !== null) return {target: untried, role: 'standby'}
  const primary = strict ? null : pickPrimary(topology)
  if (primary !== null) return primary
  const again = chooseStandby(topology, new Set(), chance)
  return again === null ? null : {target: again, role: 'standby'}
}

function routed(result: StatementResult, lease: Lease, route: Route): RoutedResult {
  return Object.assign(result, {route, notices: lease.notices})
}
