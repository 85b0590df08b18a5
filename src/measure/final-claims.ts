// Claims that are read off the final state alone, of a failover and of a restore alike. Invariant: what could not be
// read is unknown, never a pass.
// Not here: which claims a run is held to (claims.ts, drill/claims.ts).
import type {FinalState} from '../model/history.ts'
import {totalDiffers} from './counts.ts'
import type {LedgerComparison} from './ledger.ts'
import {finding, type Finding} from './run-checks.ts'

const idsShown = 5

export const unreadable: Finding = {verdict: 'unknown', detail: 'the final state could not be read'}

export function finalReadable({readable}: Pick<LedgerComparison, 'readable'>): Finding {
  return finding(
    readable,
    'unknown',
    readable ? 'the final state was read' : 'the final state could not be read: nothing can be said about loss',
  )
}

/** No write may be one of `ids`. */
export function none({readable}: Pick<LedgerComparison, 'readable'>, ids: readonly number[], what: string): Finding {
  if (!readable) return unreadable
  const shown = ids.length === 0 ? '' : `: ${ids.slice(0, idsShown).join(', ')}${ids.length > idsShown ? ', …' : ''}`
  return finding(ids.length === 0, 'fail', `${ids.length} writes ${what}${shown}`)
}

/** Transfers move money and never make any. */
export function accountsAddUp(final: FinalState | null): Finding {
  const differs = totalDiffers(final)
  if (differs === null) return {verdict: 'unknown', detail: 'the accounts could not be read'}
  return finding(
    differs === 0,
    'fail',
    differs === 0
      ? 'the accounts add up'
      : `the accounts hold ${Math.abs(differs)} too ${differs > 0 ? 'much' : 'little'}`,
  )
}

/** Every one of `members`, those that were seen, must have told its rows, and all must be the same. */
export function sameRows(perNode: FinalState['perNode'], members: readonly string[]): Finding {
  if (perNode.length === 0) return {verdict: 'unknown', detail: 'no node told its rows'}
  const told = new Set(perNode.map(({node}) => node))
  const silent = members.filter(name => !told.has(name))
  const differ = new Set(perNode.map(({rows, hash}) => `${rows} ${hash}`)).size > 1
  if (differ)
    return {verdict: 'fail', detail: perNode.map(({node, rows, hash}) => `${node}: ${rows} rows, ${hash}`).join('; ')}
  return finding(
    silent.length === 0,
    'unknown',
    silent.length === 0
      ? `${perNode.length} nodes hold the same ${perNode[0]?.rows ?? 0} rows`
      : `not told by ${silent.join(', ')}`,
  )
}
