// How much of everything: what the figures are published with, or a tenth of it for a look whether it works. Also the
// flags of the command. PURE. Not here: the parts.
import {parseArgs} from 'node:util'
import {countOf} from '../run-parts.ts'

export interface Sizes {
  readonly users: number
  readonly ordersPerUser: number
  /** A duration that is measured, or of warming up. */
  ms(full: number): number
}

export interface Flags {
  /** Names of parts; empty: all. */
  readonly only: readonly string[]
  readonly rounds: number
  readonly quick: boolean
  /** Are the results stored? */
  readonly keep: boolean
}

/** So that even a tenth of a short time holds some statements. */
const leastMs = 50

export function sizesOf(quick: boolean): Sizes {
  const share = quick ? 0.1 : 1
  return {users: 100_000 * share, ordersPerUser: 10, ms: full => Math.max(leastMs, Math.round(full * share))}
}

/** Throws with the flag's name for what it cannot be. A look whether it works is no result, unless it is wanted so. */
export function flagsOf(args: readonly string[]): Flags {
  const {values} = parseArgs({
    args: [...args],
    options: {
      only: {type: 'string', multiple: true, default: []},
      rounds: {type: 'string', default: '6'},
      quick: {type: 'boolean', default: false},
      keep: {type: 'boolean', default: false},
    },
  })
  const {only, quick, keep} = values
  return {only, quick, rounds: countOf('--rounds', values.rounds), keep: keep || !quick}
}
