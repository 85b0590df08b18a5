// PURE: a fault from the words of a test. Not here: whom a target is at this moment (src/experiment/resolve-target.ts),
// how a fault is done (src/faults).
import {faultTypes} from '../faults/fault-action.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {
  selectors,
  type Direction,
  type FaultKind,
  type FaultSpec,
  type Peer,
  type Selector,
  type Target,
} from '../model/scenario.ts'

/** Whom a fault hits. */
export interface FaultOptions {
  /** `primary`, `standby`, `sync-standby`, `standbys`, `members`, `dcs-all` …, or a node by its name: `pg2`. */
  readonly target: Selector | (string & {})
  /** Of a `partition`: from whom the target is cut off. */
  readonly from?: readonly Peer[]
  /** Of a `partition`: which packets are dropped; both ways unless told. */
  readonly direction?: Direction
}

const kinds = Object.keys(faultTypes).filter((kind): kind is FaultKind => kind in faultTypes)

/** FAULT_UNKNOWN with those that there are; CONFIG_INVALID for a partition from nobody, and sides of another kind. */
export function faultOf(kind: string, {target, from = [], direction = 'both'}: FaultOptions): FaultSpec {
  const known = kinds.find(candidate => candidate === kind)
  if (known === undefined)
    throw new HlError('FAULT_UNKNOWN', `no fault is called "${kind}"`, {
      next: [`there are ${kinds.join(', ')}`, hint('faults list', {why: 'says what each does'})],
    })
  const aimed = targetOf(target)
  if (known !== 'partition' && from.length > 0)
    throw new HlError('CONFIG_INVALID', `"from" is about a partition, not about ${known}`, {next: ['leave it out']})
  if (known !== 'partition') return {kind: known, target: aimed}
  if (from.length === 0)
    throw new HlError('CONFIG_INVALID', 'a partition needs to know from whom', {
      next: ["from: ['dcs'], or of 'members' and 'clients' what is wanted"],
    })
  return {kind: known, target: aimed, from, direction}
}

function targetOf(target: string): Target {
  const selector = selectors.find(candidate => candidate === target)
  return selector === undefined ? {select: 'named', name: target} : {select: selector}
}
