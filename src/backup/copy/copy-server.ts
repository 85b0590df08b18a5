// The server of a recovery copy: asking it, ending its recovery, and the file beside its data that says what
// it is. Invariant: whoever asks it can only read, and that is the server's own doing. Not here:
// making and moving it (make-copy.ts, forward-copy.ts).
import {hint} from '../../model/command-hint.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {psqlWords} from '../ask-node.ts'
import {HlError} from '../../model/errors.ts'
import type {Lsn} from '../../model/lsn.ts'
import {tooManySubtransactions} from '../restore/run-restore.ts'
import {runOnNode, serverWords, type NodeTask} from '../run-on-node.ts'
import {describeStop, replayStop, type ReplayStop} from '../wal/replay-stop.ts'
import {parseSegmentName, startOf} from '../wal/segment.ts'
import {copyQuestion, parseCopy, parseCopyState, type Copy, type CopyState} from './copy-state.ts'

/** What a person does when something in the copy fails. */
export const copyTask: NodeTask = {next: [hint('copy show'), hint('copy drop', {why: 'takes it away; make it again'})]}

const stateFile = '/var/lib/postgresql/copy.json'
const lockMs = 5_000
const readMs = 30_000
const statementMs = 6 * 3_600_000

/**
 * What it is and where it stands. BACKUP_INVALID when its making was cut off; RESTORE_FAILED when its server does not
 * answer.
 */
export async function readCopy(node: RestoreNode): Promise<Copy> {
  const {exitCode, stdout} = await node.exec(['cat', stateFile], {user: 'postgres', timeoutMs: readMs})
  const state = parseCopyState(exitCode === 0 ? stdout : '')
  const asking = runOnNode(node, 'asking the copy where it stands', queryCommand(copyQuestion), copyTask)
  return parseCopy(state, await asking.catch(toldWhyClosed))
}

/** It runs, so its data is consistent; PostgreSQL says that it is not. */
function toldWhyClosed(error: unknown): never {
  if (!(error instanceof HlError) || !error.message.includes('not yet accepting connections')) throw error
  throw new HlError(
    'RESTORE_FAILED',
    `the copy goes on with the archive, and lets nobody in: ${tooManySubtransactions}`,
    {
      next: [hint('copy show', {why: 'again, when that has ended'}), hint('backups create', {why: 'begins behind it'})],
      cause: error,
    },
  )
}

/**
 * Why one that follows does not come on: WAL in front of it that cannot be replayed, in words. null: nothing is in its
 * way.
 */
export async function copyStop(
  node: RestoreNode,
  {lsn, redoTimeline: timeline}: Pick<Copy, 'lsn' | 'redoTimeline'>,
): Promise<string | null> {
  const answer = await runOnNode(node, 'asking the copy what stops it', ['recovery', 'complaint'], copyTask)
  const [, bytes = '', said = ''] = /^(\d+)\|(.*)$/.exec(answer) ?? []
  const segmentBytes = Number(bytes)
  const stop = segmentBytes > 0 ? replayStop([said], [{timeline, fromLsn: 0n, toLsn: null}], segmentBytes) : null
  return stop === null || endOf(stop, segmentBytes) <= lsn ? null : describeStop(stop, segmentBytes)
}

/** What lies before it and was replayed is no stop any more. */
function endOf({file, lsn}: ReplayStop, segmentBytes: number): Lsn {
  const segment = parseSegmentName(file, segmentBytes)
  return lsn === null ? startOf((segment?.number ?? 0n) + 1n, segmentBytes) : lsn + 1n
}

/**
 * One statement on the copy; psql's own output, unaligned, without headings. Gives up on a lock that a transaction at
 * the target holds. RESTORE_FAILED with what the server said.
 */
export async function query(node: RestoreNode, sql: string): Promise<string> {
  return (await printed(node, sql, [])).trim()
}

/** The same with more words for psql, and every space that it prints. */
async function printed(node: RestoreNode, sql: string, words: readonly string[]): Promise<string> {
  const options = {user: 'postgres', timeoutMs: statementMs, bound: true}
  const {exitCode, stdout, stderr} = await node.exec([...queryCommand(sql), ...words], options)
  if (exitCode === 0) return stdout
  if (stderr.includes('canceling statement due to lock timeout'))
    throw new HlError(
      'RESTORE_FAILED',
      `a transaction that was under way where the copy stands has locked what the statement reads, as just before a DROP TABLE: its lock did not come free in ${lockMs / 1_000} s, and does not while the copy stands there`,
      {
        next: [
          hint('copy table', {args: ['<schema.table>'], why: 'ends such transactions, and brings a table back'}),
          hint('copy show', {why: 'says where it stands; a copy of an earlier moment can be read'}),
        ],
      },
    )
  throw new HlError('RESTORE_FAILED', `asking the copy failed: ${serverWords(stderr)}`, {
    next: [hint('copy show', {why: 'says where it stands'})],
  })
}

/**
 * A person's statement, which can only read; a copy that was left promoted is closed first. `words`: for psql, to print
 * it in another form. A superuser may promote it by the statement itself: BACKUP_INVALID then, and it says of itself
 * from then on that it may have been changed.
 */
export async function ask(node: RestoreNode, sql: string, words: readonly string[] = []): Promise<string> {
  await requireClosed(node)
  const answer = await printed(node, sql, words)
  const {state, isWritable} = await readCopy(node)
  if (!isWritable) return answer
  await requireClosed(node, {...state, target: `${state.target}; promoted by a statement, and perhaps changed by it`})
  throw new HlError('BACKUP_INVALID', 'the statement promoted the copy, and may have changed what it holds', {
    next: [hint('copy drop', {why: 'takes it away; make it again'})],
  })
}

function queryCommand(sql: string): readonly string[] {
  return ['env', `PGOPTIONS=-c lock_timeout=${lockMs} -c lc_messages=C`, ...psqlWords('hl', sql)]
}

/**
 * Ends the transactions that were under way where a copy stands: they hold their locks while recovery is paused there,
 * and just before a DROP TABLE is committed that is the lock of the table itself, so that no one could read it. Only a
 * promotion ends them. Nothing to do for one that follows or has ended.
 */
export async function endRecovery(node: RestoreNode): Promise<void> {
  const {state} = await readCopy(node)
  if (state.mode === 'paused') await runOnNode(node, 'promoting the copy', ['recovery', 'promote'], copyTask)
  await requireClosed(node)
}

/**
 * A copy that was promoted is started again as a standby of nobody, which no statement can write to, whatever it is
 * and whoever sends it: as a primary it would be read-only by settings alone, which a statement may change.
 */
export async function requireClosed(node: RestoreNode, as?: CopyState): Promise<void> {
  const {state, isWritable} = await readCopy(node)
  if (!isWritable) return
  await saveState(node, as ?? state)
  await runOnNode(node, 'stopping the promoted copy', ['recovery', 'stop'], copyTask)
  await runOnNode(node, 'starting the copy again, to be read', ['recovery', 'follow', ...nothingToFollow], copyTask)
}

const nothingToFollow = ['restore_command=false', 'recovery_target_timeline=latest']

/** Notes what it is now. */
export async function saveState(node: RestoreNode, state: CopyState): Promise<void> {
  // Beside it first: of half a state nobody knows what it is.
  await runOnNode(
    node,
    'noting what the copy is',
    ['sh', '-euc', `cat >${stateFile}.new; mv ${stateFile}.new ${stateFile}`],
    {...copyTask, stdin: JSON.stringify(state)},
  )
}
