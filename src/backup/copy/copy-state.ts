// PURE: what a recovery copy was made of and how it runs, as it is stored beside its data. Invariant: what cannot be read is an error, never a default.
// Not here: the container (src/cluster/lab/recovery-copy.ts), what is done with it (make-copy.ts).
import {HlError} from '../../model/errors.ts'

export interface CopyState {
  /** Ids, the full one first. */
  readonly chain: readonly string[]
  readonly timeline: number
  /** `follow`: it goes on as WAL comes into the archive. `paused`: it stands at its target. `ended`: it was promoted there, for a table; it never moves again. */
  readonly mode: 'follow' | 'paused' | 'ended'
  /** recovery_min_apply_delay in ms; 0 unless it follows. */
  readonly delayMs: number
  /** For people. */
  readonly target: string
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
  const {chain, timeline, mode, delayMs, target} = value as Readonly<Record<string, unknown>>
  if (!Array.isArray(chain) || chain.length === 0 || !chain.every(id => typeof id === 'string') || typeof timeline !== 'number' || (mode !== 'follow' && mode !== 'paused' && mode !== 'ended') || typeof delayMs !== 'number' || typeof target !== 'string') throw unreadable(null)
  return {chain, timeline, mode, delayMs, target}
}

function unreadable(cause: unknown): HlError {
  return new HlError('BACKUP_INVALID', 'the recovery copy does not say what it is: its making was cut off', {next: ['hl copy drop, then make it again'], ...(cause === null ? {} : {cause})})
}
