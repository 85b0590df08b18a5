// The operations that a load draws from, by what arrives; how they are sent is theirs. Those of one cluster are here.
// Not here: when they arrive (arrivals.ts), those over shards (sharded/sharded-operations.ts).
import type {Random} from '../../model/ports.ts'
import type {AccessPath} from '../access-paths/access-path.ts'
import {createClientSessions} from '../client-sessions.ts'
import {append} from './append.ts'
import type {Operation, Stamp} from './operation.ts'
import {read} from './read.ts'
import {drawMove, transfer} from './transfer.ts'

/** Each call is one operation that is due. */
export interface LoadOperations {
  readonly append: (stamp: Stamp) => Operation
  readonly transfer: (stamp: Stamp) => Operation
  readonly read: (kind: 'read-primary' | 'read-standby', stamp: Stamp) => Operation
  /** Over all shards; absent: there is one cluster. */
  readonly scatter?: (stamp: Stamp) => Operation
}

/** On one cluster, through an access path. */
export function clusterOperations(path: AccessPath, run: string, random: Random): LoadOperations {
  const sessions = createClientSessions(random)
  return {
    append: stamp => append(path, run, stamp, sessions.nextAppend()),
    transfer: stamp => transfer(path, run, stamp, drawMove(random)),
    read: (kind, stamp) => read(path, kind, run, stamp, sessions.nextRead()),
  }
}
