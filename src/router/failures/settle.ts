// Looks for a write whose outcome is unknown, on the connection on which it would be sent again. Not here: what follows
// from what is seen (decide-settlement.ts).
// Invariant: a write that is told as found is as durable as one whose COMMIT was answered.
import type {Connection} from '../connections/connection.ts'
import type {Proof} from '../requests/proof.ts'
import {inPhase} from '../requests/request.ts'
import {decideSettlement, type ServerLife} from './decide-settlement.ts'

/**
 * Commits a message that nobody reads. The commit waits for the synchronous standbys, and what they have confirmed then
 * includes the row that was found before it. A row that crash recovery or a promotion made visible would count without
 * this, although perhaps no standby of this primary has it. A message, because it writes WAL and a SELECT does not:
 * only a transaction that wrote WAL waits (RecordTransactionCommit in src/backend/access/transam/xact.c).
 */
const confirm = `SELECT pg_catalog.pg_logical_emit_message(true, 'pg-highload-lab', 'a write was found')`

/** What was seen on this connection is now as durable as what is committed on it. */
export async function confirmDurable(connection: Connection): Promise<void> {
  await connection.ask(confirm)
}

/** Asks and decides. A failure leaves as AttemptFailure of a read: asking again does no harm. */
export async function settle(
  connection: Connection,
  proof: Proof,
  lost: ServerLife,
): Promise<'applied' | 'send-again' | 'wait'> {
  return inPhase('read', true, ask(connection, proof, lost))
}

async function ask(connection: Connection, proof: Proof, lost: ServerLife): Promise<'applied' | 'send-again' | 'wait'> {
  const here = await connection.life()
  if (decideSettlement(lost, here, 'not-asked') !== 'ask') return 'wait'
  const {rows} = await connection.ask(proof.text, proof.values ?? [])
  const applied = decideSettlement(lost, here, rows.length > 0 ? 'found' : 'absent') === 'applied'
  if (applied) await confirmDurable(connection)
  return applied ? 'applied' : 'send-again'
}
