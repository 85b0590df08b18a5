// What a classifier says of a text, before hints and what was learned. Pure vocabulary of this room. Not here: how it
// is found (classify-*.ts) and what is made of it (decide-plan.ts).
import type {StatementKind} from './statement-plan.ts'

export interface Verdict {
  readonly kind: StatementKind
  readonly reason: string
  /**
   * A query that is a write only because of what it calls or reads: the caller may know better, and say so with a hint.
   */
  readonly vouchable: boolean
  readonly readOnlyTransaction: boolean
}

export function verdict(kind: StatementKind, reason: string): Verdict {
  return {kind, reason, vouchable: false, readOnlyTransaction: false}
}

/** A write by what a query calls or reads. */
export function doubtful(reason: string): Verdict {
  return {kind: 'write', reason, vouchable: true, readOnlyTransaction: false}
}

export function notUnderstood(why: string): Verdict {
  return verdict('write', `not understood: ${why}`.slice(0, 200))
}

export const emptyText: Verdict = verdict('read', 'empty')

/** The one that asks for more: of two things in one statement, the one that counts. */
export function stricter(one: Verdict, other: Verdict): Verdict {
  return strictness(other) > strictness(one) ? other : one
}

/** Statements of one text, in order. Several at once are one implicit transaction to the server: never a read. */
export function verdictOfAll(statements: readonly Verdict[]): Verdict {
  const [first, second] = statements
  if (first === undefined) return emptyText
  if (second === undefined) return first
  const binding = statements.find(
    ({kind}) => kind === 'session' || kind === 'begin' || kind === 'commit' || kind === 'rollback',
  )
  return binding === undefined
    ? verdict('write', 'several statements')
    : verdict('session', `several statements, with ${binding.reason}`)
}

function strictness({kind, vouchable}: Verdict): number {
  switch (kind) {
    case 'read':
      return 0
    case 'in-transaction':
      return 1
    case 'write':
      return vouchable ? 2 : 3
    case 'session':
    case 'begin':
    case 'commit':
    case 'rollback':
      return 4
  }
}
