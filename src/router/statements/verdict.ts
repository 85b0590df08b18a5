// What a classifier says of a text, before hints and what was learned. Pure vocabulary of this room. Not here: how it
// is found (classify-*.ts) and what is made of it (decide-plan.ts).
import type {AnsweringNode, Commits, StatementKind} from './statement-plan.ts'

export interface Verdict {
  readonly kind: StatementKind
  readonly reason: string
  readonly node: AnsweringNode
  readonly commits: Commits
  /**
   * A query that is a write only because of what it calls or reads: the caller may know better, and say so with a hint.
   */
  readonly vouchable: boolean
  /** It calls or reads something that is not known. */
  readonly hasUnknown: boolean
  readonly readOnlyTransaction: boolean
  /** See StatementPlan. */
  readonly commitsTransaction: boolean
}

/** With what is true of most statements of that kind. */
export function verdict(kind: StatementKind, reason: string): Verdict {
  return {...common, kind, reason, ...ofKind[kind]}
}

const common = {vouchable: false, hasUnknown: false, readOnlyTransaction: false, commitsTransaction: false} as const
const ofKind: Readonly<Record<StatementKind, Pick<Verdict, 'node' | 'commits'> & Partial<Verdict>>> = {
  'read': {node: 'any', commits: 'nothing'},
  'write': {node: 'primary', commits: 'even-if-it-fails'},
  'session': {node: 'primary', commits: 'nothing'},
  'begin': {node: 'any', commits: 'nothing'},
  'commit': {node: 'any', commits: 'if-it-succeeds', commitsTransaction: true},
  'rollback': {node: 'any', commits: 'nothing'},
  'in-transaction': {node: 'any', commits: 'nothing'},
}

/** One statement that changes data: the server applies it as a whole or not at all. */
export function change(reason: string): Verdict {
  return {...verdict('write', reason), commits: 'if-it-succeeds'}
}

/** A write by what a query calls or reads. */
export function doubtful(reason: string): Verdict {
  return {...verdict('write', reason), node: 'unsure', commits: 'perhaps', vouchable: true}
}

/** The same for a name that nobody knows, or not yet. */
export function unknown(reason: string): Verdict {
  return {...doubtful(reason), hasUnknown: true}
}

/** A read whose answer depends on the node that gives it. */
export function ofNode(reason: string, node: 'bound' | 'primary'): Verdict {
  return {...verdict('read', reason), node}
}

/** A statement about the session, by its first word. Most of them a standby would do as well, on a connection to it. */
export function ofSession(word: string): Verdict {
  return {
    ...verdict('session', word),
    node: onlyOnPrimary.has(word) ? 'primary' : 'unsure',
    // What can be prepared is one query or change of data.
    commits: word === 'EXECUTE' ? 'if-it-succeeds' : 'nothing',
  }
}

/** Gives the transaction away, and leaves nothing of it on the connection. */
export const prepared: Verdict = {
  ...verdict('in-transaction', 'PREPARE TRANSACTION'),
  node: 'primary',
  commitsTransaction: true,
}

/** Control of a transaction that nobody knows. */
export const otherControl: Verdict = {...verdict('session', 'control of a transaction'), commitsTransaction: true}

/** AND CHAIN leaves a transaction open: the connection is not free yet. */
export function chained(kind: 'commit' | 'rollback', word: string): Verdict {
  const found = verdict('session', `${word} AND CHAIN`)
  return kind === 'commit' ? {...found, commits: 'even-if-it-fails', commitsTransaction: true} : found
}

const onlyOnPrimary: ReadonlySet<string> = new Set(['LISTEN', 'UNLISTEN', 'LOAD'])

/** There may be anything in it. */
export function notUnderstood(why: string): Verdict {
  return {...verdict('write', `not understood: ${why}`.slice(0, 200)), commitsTransaction: true}
}

export const emptyText: Verdict = verdict('read', 'empty')

const nodes: readonly AnsweringNode[] = ['any', 'bound', 'unsure', 'primary']
const commitments: readonly Commits[] = ['nothing', 'perhaps', 'if-it-succeeds', 'even-if-it-fails']

/** Of two things in one statement: the one that asks for more, with whatever the other asks for besides. */
export function stricter(one: Verdict, other: Verdict): Verdict {
  const [first, second] = strictness(other) > strictness(one) ? [other, one] : [one, other]
  if (second === first) return first
  return {
    ...first,
    node: later(nodes, first.node, second.node),
    commits: later(commitments, first.commits, second.commits),
    hasUnknown: first.hasUnknown || second.hasUnknown,
  }
}

function later<T>(order: readonly T[], one: T, other: T): T {
  return order.indexOf(other) > order.indexOf(one) ? other : one
}

/** Statements of one text, in order. Several at once are one implicit transaction to the server: never a read. */
export function verdictOfAll(statements: readonly Verdict[]): Verdict {
  const [first, second] = statements
  if (first === undefined) return emptyText
  if (second === undefined) return first
  const binding = statements.find(
    ({kind}) => kind === 'session' || kind === 'begin' || kind === 'commit' || kind === 'rollback',
  )
  const commitsTransaction = statements.some(statement => statement.commitsTransaction)
  return binding === undefined
    ? {...verdict('write', 'several statements'), commitsTransaction}
    : {
        ...verdict('session', `several statements, with ${binding.reason}`),
        commits: 'even-if-it-fails',
        commitsTransaction,
      }
}

function strictness({kind, vouchable, node}: Verdict): number {
  switch (kind) {
    case 'read':
      return nodes.indexOf(node)
    case 'in-transaction':
      return 10
    case 'write':
      return vouchable ? 20 : 30
    case 'session':
    case 'begin':
    case 'commit':
    case 'rollback':
      return 40
  }
}
