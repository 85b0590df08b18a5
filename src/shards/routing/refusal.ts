// The words of a refusal: which clause, and the way out. Invariant: a statement that cannot be proven right is never
// routed, so each refusal tells what can be done instead. Not here: the codes (../shard-error.ts).
import {ShardError} from '../shard-error.ts'

/** Why a statement cannot be run over several shards, kept until it is known whether one shard is enough. */
export interface Refusal {
  readonly clause: string
  readonly wayOut: string
}

const giveTheKey = 'give the key as "key = $1" for each sharded table, so that one shard has all of it'

export function refusal(clause: string, wayOut: string = giveTheKey): Refusal {
  return {clause, wayOut}
}

/** UNSUPPORTED, in the words "<clause>: <way out>". */
export function unsupported(clause: string, wayOut: string = giveTheKey): ShardError {
  return new ShardError('UNSUPPORTED', `${clause}: ${wayOut}`, {detail: {clause}})
}

export function refused({clause, wayOut}: Refusal): ShardError {
  return unsupported(clause, wayOut)
}

/** A statement that needs the key and has none that can be known before it runs. */
export function keyMissing(clause: string, wayOut: string): ShardError {
  return new ShardError('KEY_MISSING', `${clause}: ${wayOut}`, {detail: {clause}})
}
