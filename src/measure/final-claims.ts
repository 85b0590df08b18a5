// Claims that are read off the final state alone. Invariant: what could not be read is unknown, never a pass.
// Not here: which claims a run is held to (claims.ts).
import type {FinalState} from '../model/history.ts'
import {formatCount, plural} from '../model/quantity.ts'
import {totalDiffers} from './counts.ts'
import type {Facts} from './facts.ts'
import type {LedgerComparison} from './ledger.ts'
import {finding, type Finding} from './run-checks.ts'

const idsShown = 5

export const unreadable: Finding = {verdict: 'unknown', detail: 'the final state could not be read'}

export function finalReadable({readable, problem}: Pick<LedgerComparison, 'readable' | 'problem'>): Finding {
  return finding(
    readable,
    'unknown',
    readable ? 'the final state was read' : `nothing can be said about loss from the final state: ${problem ?? 'none'}`,
  )
}

type WrongIds = 'duplicated' | 'phantom' | 'resurrected'

/** No write may be among the wrong ones, in either cluster. */
export function none({ledger, ownLedger}: Pick<Facts, 'ledger' | 'ownLedger'>, wrong: WrongIds, what: string): Finding {
  if (!ledger.readable) return unreadable
  if (ledger.rows + ownLedger.rows === 0) return {verdict: 'unknown', detail: 'the final state holds no row to look at'}
  const ids = [...ledger[wrong], ...ownLedger[wrong]]
  const shown = ids.length === 0 ? '' : `: ${ids.slice(0, idsShown).join(', ')}${ids.length > idsShown ? ', …' : ''}`
  return finding(ids.length === 0, 'fail', `${plural(ids.length, 'write')} ${what}${shown}`)
}

/** Transfers move money and never make any. `explained`: what halves of them that are known to be lost made or took. */
export function accountsAddUp(final: FinalState | null, explained = 0): Finding {
  const total = totalDiffers(final)
  if (total === null) return {verdict: 'unknown', detail: 'the accounts could not be read'}
  const differs = total - explained
  const but = explained === 0 ? '' : `, but for ${formatCount(Math.abs(explained))} of transfers by half`
  return finding(
    differs === 0,
    'fail',
    differs === 0
      ? `the accounts add up${but}`
      : `the accounts hold ${formatCount(Math.abs(differs))} too ${differs > 0 ? 'much' : 'little'}${but}`,
  )
}

/**
 * Every one of `members`, those that were seen, must have told its rows, and all must be the same; `members` null: of
 * those that told. null: the cluster is one node, which has nobody to agree with.
 */
export function sameRows(perNode: FinalState['perNode'], members: readonly string[] | null): Finding {
  const told = new Set(perNode.map(({node}) => node))
  const silent = (members ?? []).filter(name => !told.has(name))
  const differ = new Set(perNode.map(({rows, hash}) => `${rows} ${hash}`)).size > 1
  if (differ)
    return {
      verdict: 'fail',
      detail: perNode.map(({node, rows, hash}) => `${node}: ${plural(rows, 'row')}, ${hash}`).join('; '),
    }
  if (silent.length > 0) return {verdict: 'unknown', detail: `not told by ${silent.join(', ')}`}
  if (members?.length === 0) return {verdict: 'unknown', detail: 'no event tells which members there were'}
  if (members?.length === 1) return null
  return finding(
    perNode.length > 1,
    'unknown',
    perNode.length > 1
      ? `${perNode.length} nodes hold the same ${plural(perNode[0]?.rows ?? 0, 'row')}`
      : perNode[0] === undefined
        ? 'no node told its rows'
        : `${perNode[0].node} alone told its rows`,
  )
}
