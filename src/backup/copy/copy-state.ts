// PURE: what a recovery copy was made of and how it runs, as it is stored beside its data, and what its server adds to
// that. Invariants: what cannot be read is an error, never a default; whether it was promoted is what the server says,
// since a file may have been left behind by it. Not here: the container (src/lab/nodes/recovery-copy.ts), asking the
// server (copy-server.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import {formatMs} from '../../model/time.ts'
import {formatTime, parseTime} from '../restore/parse-time.ts'

export interface CopyState {
  /** Ids, the full one first. */
  readonly chain: readonly string[]
  readonly timeline: number
  /**
   * `follow`: it goes on as WAL comes into the archive. `paused`: it stands at its target. `ended`: it was promoted
   * there, for a table; it never moves again.
   */
  readonly mode: 'follow' | 'paused' | 'ended'
  /** recovery_min_apply_delay in ms; 0 unless it follows. */
  readonly delayMs: number
  /** For people. */
  readonly target: string
  /** When the last transaction that it holds was committed; until one was replayed, when its backup ended. */
  readonly lastCommit: string
}

/** A copy as it is now. */
export interface Copy {
  readonly state: CopyState
  /** Everything below it was replayed. */
  readonly lsn: Lsn
  /** Where it begins when it is started again: WAL is needed from there on. */
  readonly redoLsn: Lsn
  readonly redoTimeline: number
  /** It was promoted, and nobody closed it since. */
  readonly isWritable: boolean
}

/** BACKUP_INVALID when the text is none. */
export function parseCopyState(text: string): CopyState {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw unreadable(cause)
  }
  if (typeof value !== 'object' || value === null) throw unreadable(null)
  const {chain, timeline, mode, delayMs, target, lastCommit} = value as Readonly<Record<string, unknown>>
  if (
    !Array.isArray(chain) ||
    chain.length === 0 ||
    !chain.every(id => typeof id === 'string') ||
    typeof timeline !== 'number' ||
    (mode !== 'follow' && mode !== 'paused' && mode !== 'ended') ||
    typeof delayMs !== 'number' ||
    typeof target !== 'string' ||
    typeof lastCommit !== 'string'
  )
    throw unreadable(null)
  return {chain, timeline, mode, delayMs, target, lastCommit}
}

function unreadable(cause: unknown): HlError {
  return new HlError(
    'BACKUP_INVALID',
    'the recovery copy does not say what it is: its making was cut off, or another version of hl made it',
    {next: [hint('copy drop', {why: 'takes it away; make it again'})], ...(cause === null ? {} : {cause})},
  )
}

/** Answered by a row for `parseCopy`. A server that was started again knows of no commit until it has replayed one. */
export const copyQuestion =
  'SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn(), redo_lsn, timeline_id, pg_last_xact_replay_timestamp() ' +
  'FROM pg_control_checkpoint()'

/** RESTORE_FAILED when the server does not say where it is. */
export function parseCopy(state: CopyState, row: string): Copy {
  const [inRecovery, lsnText = '', redoText = '', timelineText = '', commitText = ''] = row.split('|')
  const [lsn, redoLsn] = [parseLsn(lsnText), parseLsn(redoText)]
  if (lsn === null || redoLsn === null)
    throw new HlError('RESTORE_FAILED', `the copy does not say where it is: ${row.slice(0, 200)}`, {
      next: [hint('copy drop', {why: 'takes it away; make it again'})],
    })
  return {
    state: {
      ...state,
      mode: inRecovery === 't' ? state.mode : 'ended',
      lastCommit: isoTime(commitText) ?? state.lastCommit,
    },
    lsn,
    redoLsn,
    redoTimeline: Number(timelineText),
    isWritable: inRecovery !== 't',
  }
}

/** PostgreSQL's form of a time as that of flags; null when it is none. */
export function isoTime(text: string): string | null {
  const epochMs = parseTime(text)
  return epochMs === null ? null : formatTime(epochMs)
}

/** In words: how far behind the archive it follows, and where it stands until its backup is as old as that. */
export function followingText(delayMs: number, backupStoppedMs: number, nowMs: number): string {
  if (delayMs === 0) return 'follows the archive'
  const behind = `follows the archive ${formatMs(delayMs)} behind`
  return backupStoppedMs + delayMs <= nowMs
    ? behind
    : `${behind}; no backup was that old, so until ${formatTime(backupStoppedMs + delayMs)} it stands where its ` +
        `backup ended, at ${formatTime(backupStoppedMs)}`
}
