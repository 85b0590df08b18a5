// Looks for a write whose outcome is unknown, on the connection on which it would be sent again. Not here: what follows from what is seen (decide-settlement.ts).
// Invariant: a write that is told as found is as durable as one whose COMMIT was answered.
import {inPhase} from '../requests/attempt.ts'
import type {Deadline} from '../time/deadline.ts'
import {decideSettlement, type ServerLife} from './decide-settlement.ts'
import type {Lease} from '../connections/lease.ts'
import type {Proof} from '../options.ts'

/**
 * Commits something that is nothing: the commit waits for the synchronous standbys as any other does, and what they have confirmed then includes the row that
 * was found before it. Without this a row that crash recovery or a promotion made visible would count although no standby of this primary may have it.
 * (RecordTransactionCommit in src/backend/access/transam/xact.c waits when the transaction wrote WAL; a message does, a SELECT does not.)
 */
const confirm = `SELECT pg_catalog.pg_logical_emit_message(true, 'pg-highload-lab', 'a write was found')`

/** Asks and decides. A failure leaves as AttemptFailure of a read: asking again does no harm. */
export async function settle(lease: Lease, proof: Proof, lost: ServerLife, {signal}: Deadline): Promise<'applied' | 'send-again' | 'wait'> {
  return inPhase('read', true, ask(lease, proof, lost, signal))
}

async function ask(lease: Lease, proof: Proof, lost: ServerLife, signal: AbortSignal): Promise<'applied' | 'send-again' | 'wait'> {
  const here = await lease.life(signal)
  if (decideSettlement(lost, here, 'not-asked') !== 'ask') return 'wait'
  const {rows} = await lease.query(proof.text, proof.values ?? [], signal)
  const applied = decideSettlement(lost, here, rows.length > 0 ? 'found' : 'absent') === 'applied'
  if (applied) await lease.query(confirm, [], signal)
  return applied ? 'applied' : 'send-again'
}
