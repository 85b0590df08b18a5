// What is asked of a restore, from words. Invariant: exactly one target. Not here: whether it can be reached
// (plan-restore.ts).
import {readServerLogs} from '../backup/locate/read-logs.ts'
import type {Damage} from '../backup/locate/search-wal.ts'
import {describeTarget, parseTarget, type TargetFlags} from '../backup/restore/parse-target.ts'
import type {RestoreTarget} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

/** What may be named beside a target. */
export interface Along {
  readonly timeline?: number | undefined
  readonly backup?: string | undefined
  /** What opens an encrypted archive; absent: what the lab keeps. */
  readonly identity?: string | undefined
}

/** A target, or the damage before which it lies. */
export interface RestoreRequest extends Along {
  readonly target: RestoreTarget
  readonly damage: Damage | null
}

/** As a person gives it: one of the targets, the table that was dropped, or a pattern of the bad statement. */
export interface WantedTarget extends Along, TargetFlags {
  readonly beforeDrop?: string | undefined
  readonly beforeStatement?: string | undefined
}

/** TARGET_INVALID unless there is exactly one target; USAGE for a regular expression that cannot be read. */
export async function restoreRequest(wanted: WantedTarget, source: Cluster): Promise<RestoreRequest> {
  const {beforeDrop, beforeStatement, timeline, backup, identity, inclusive, ...targets} = wanted
  const along = {timeline, backup, identity}
  const {to, toLsn, toXid, toName} = targets
  if (beforeDrop === undefined && beforeStatement === undefined)
    return {target: parseTarget({to, toLsn, toXid, toName, inclusive}), damage: null, ...along}
  if ([beforeDrop, beforeStatement, to, toLsn, toXid, toName].filter(value => value !== undefined).length > 1)
    throw new HlError('TARGET_INVALID', 'more than one target was given', {
      next: ['give one of --to, --to-lsn, --to-xid, --to-name, --before-drop, --before-statement'],
    })
  const damage: Damage =
    beforeDrop !== undefined
      ? {kind: 'drop', table: beforeDrop}
      : {kind: 'statement', pattern: regexOf(beforeStatement ?? ''), logs: await readServerLogs(source)}
  return {target: {kind: 'latest'}, damage, ...along}
}

function regexOf(text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch (cause) {
    throw new HlError('USAGE', `--before-statement ${text} is no regular expression`, {
      next: ["for example --before-statement 'update hl\\.accounts set'"],
      cause,
    })
  }
}

/** PURE: where it ends, in words. */
export function describeRequest({target, damage}: Pick<RestoreRequest, 'target' | 'damage'>): string {
  if (damage === null) return describeTarget(target)
  return damage.kind === 'drop'
    ? `just before ${damage.table} was dropped`
    : `just before the statement that matches ${String(damage.pattern)}`
}
