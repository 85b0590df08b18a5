// What the ways back have in common that need no new cluster: the load goes on throughout, a table is written to again,
// and all members come back.
import {messageOf} from '../../model/errors.ts'
import type {TableWriteOp} from '../../model/history.ts'
import type {Check} from '../../model/verdict.ts'
import {tellPhase} from '../progress.ts'
import {leftMs, type StepContext} from './step-kind.ts'
import {checkVictim, readVictim, victimTable} from './victim.ts'

const aftermathMs = 2_000
/** Far above those of the load, which count up from 1. */
const tableWriteId = 1_000_000_000

/**
 * All of the table is read and a row of it written; the write is in the history, since it ends the RTO. When it ended.
 */
export async function writeVictim({world, progress}: StepContext): Promise<number> {
  const {clock, onOp, recovery} = world
  const fromMs = clock.nowMs()
  await readVictim(recovery.sql)
  const invokedMs = clock.nowMs()
  const op = (outcome: TableWriteOp['outcome'], error: TableWriteOp['error']): TableWriteOp => ({
    kind: 'table-write',
    id: tableWriteId,
    table: victimTable,
    dueMs: invokedMs,
    invokedMs,
    completedMs: clock.nowMs(),
    outcome,
    node: null,
    timeline: null,
    error,
  })
  try {
    await recovery.sql(`UPDATE ${victimTable} SET status = status WHERE id = 1`)
  } catch (error) {
    onOp(op('unknown', {code: null, message: messageOf(error)}))
    throw error
  }
  const written = op('ok', null)
  onOp(written)
  tellPhase(world, progress, 'first-write', fromMs)
  return written.completedMs
}

/** Full redundancy, and a while under load; what is looked at once the load has stopped. */
export async function allBack(
  context: StepContext,
  checks: () => Promise<readonly Check[]> = async () => Promise.resolve([]),
): Promise<void> {
  const {world, progress, redundancy, signal} = context
  progress.degraded = false
  redundancy.lost()
  await redundancy.wait(leftMs(context), signal)
  await world.clock.wait(aftermathMs, signal)
  const {sql, verify} = world.recovery
  progress.atEnd.push(async () => [...(await verify()), ...(await checks()), await checkVictim(sql)])
}
