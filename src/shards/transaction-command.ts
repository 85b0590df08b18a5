// BEGIN, COMMIT and ROLLBACK sent as texts, as libraries over pg do. Pure. Invariant: what it does not understand about
// a transaction is refused, never sent to a shard. Not here: doing it (sharded-client.ts).
import type {Isolation} from '../router/index.ts'
import {bodyOf, isNode, listIn, nodeIn, textIn} from './routing/tree-node.ts'
import {ShardError} from './shard-error.ts'

export type TransactionCommand =
  | {
      readonly kind: 'begin'
      /** How the server answers it: START to START TRANSACTION. */
      readonly word: 'BEGIN' | 'START'
      readonly isolation: Isolation | undefined
      readonly readOnly: boolean
    }
  | {readonly kind: 'commit' | 'rollback'}

/** null: a statement that is none of them. Throws ShardError UNSUPPORTED for savepoints, CHAIN, PREPARE TRANSACTION. */
export function transactionCommand(tree: unknown): TransactionCommand | null {
  const [first, ...others] = isNode(tree) ? listIn(tree, 'stmts') : []
  const body = isNode(first) ? bodyOf(nodeIn(first, 'stmt'), 'TransactionStmt') : null
  if (body === null || others.length > 0) return null
  const kind = textIn(body, 'kind').replace('TRANS_STMT_', '')
  if (kind === 'BEGIN' || kind === 'START') return begin(kind, listIn(body, 'options'))
  if ((kind === 'COMMIT' || kind === 'ROLLBACK') && body['chain'] !== true)
    return {kind: kind === 'COMMIT' ? 'commit' : 'rollback'}
  throw new ShardError(
    'UNSUPPORTED',
    `${kind.replaceAll('_', ' ')} in a transaction over shards: savepoints, chains and prepared transactions are ` +
      `one shard's own; use forKey(key).transaction() for them`,
  )
}

const isolations: Readonly<Record<string, Isolation>> = {
  'read uncommitted': 'read committed',
  'read committed': 'read committed',
  'repeatable read': 'repeatable read',
  'serializable': 'serializable',
}

function begin(word: 'BEGIN' | 'START', options: readonly unknown[]): TransactionCommand {
  let isolation: Isolation | undefined
  let readOnly = false
  for (const option of options) {
    const body = bodyOf(option, 'DefElem') ?? {}
    const constant = bodyOf(body['arg'], 'A_Const') ?? {}
    const name = textIn(body, 'defname')
    if (name === 'transaction_isolation') isolation = isolations[textIn(nodeIn(constant, 'sval'), 'sval')]
    else if (name === 'transaction_read_only') readOnly = nodeIn(constant, 'ival')['ival'] === 1
    else throw new ShardError('UNSUPPORTED', `${name} of a transaction over shards: leave it out`)
  }
  return {kind: 'begin', word, isolation, readOnly}
}
