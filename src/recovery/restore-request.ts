// What is asked of a restore, from words. Invariant: exactly one target. Not here: whether it can be reached
// (plan-restore.ts).
import {findStatements, readServerLogs} from '../backup/locate/read-logs.ts'
import type {Damage} from '../backup/locate/search-wal.ts'
import {parseTableName} from '../backup/locate/statement-targets.ts'
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
  /** Whose WAL and backups are meant, where the cluster itself may be gone; absent: what its primary or data says. */
  readonly system?: string | undefined
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
  const {timeline, backup, identity, system, inclusive, to, toLsn, toXid, toName} = wanted
  const along = {timeline, backup, identity, ...(system === undefined ? {} : {system})}
  const wish = wishOf({...wanted, to, toLsn, toXid, toName})
  if (wish === null) return {target: parseTarget({to, toLsn, toXid, toName, inclusive}), damage: null, ...along}
  const damage: Damage = wish.kind === 'drop' ? wish : await statementDamage(source, wish.pattern)
  return {target: {kind: 'latest'}, damage, ...along}
}

/** PURE: every flag by its shape. Errors: TARGET_INVALID, USAGE. */
export function requireTarget(wanted: WantedTarget): void {
  wishOf(wanted)
}

type Wish = Extract<Damage, {readonly kind: 'drop'}> | {readonly kind: 'statement'; readonly pattern: RegExp}

/**
 * PURE: every flag by its shape, before anything is asked: null when none names a damage. Errors: TARGET_INVALID,
 * USAGE.
 */
function wishOf({beforeDrop, beforeStatement, inclusive, to, toLsn, toXid, toName}: WantedTarget): Wish | null {
  if (beforeDrop === undefined && beforeStatement === undefined) {
    parseTarget({to, toLsn, toXid, toName, inclusive})
    return null
  }
  if ([beforeDrop, beforeStatement, to, toLsn, toXid, toName].filter(value => value !== undefined).length > 1)
    throw new HlError('TARGET_INVALID', 'more than one target was given', {
      next: ['give one of --to, --to-lsn, --to-xid, --to-name, --before-drop, --before-statement'],
    })
  if (inclusive === false)
    throw new HlError('TARGET_INVALID', 'a restore to just before a transaction leaves it out already', {
      next: ['leave out --exclusive'],
    })
  if (beforeStatement !== undefined) return {kind: 'statement', pattern: regexOf(beforeStatement)}
  const table = beforeDrop ?? ''
  if (parseTableName(table) === null)
    throw new HlError('TARGET_INVALID', `--before-drop ${JSON.stringify(table)} is no name of a table`, {
      next: ['--before-drop schema.table', `--before-drop '"Schema"."Table"' where PostgreSQL quotes it`],
    })
  return {kind: 'drop', table}
}

/** PURE. What matches the empty text would match every statement. */
function regexOf(text: string): RegExp {
  let pattern: RegExp | null = null
  let cause: unknown
  try {
    pattern = new RegExp(text, 'i')
  } catch (error) {
    cause = error
  }
  if (pattern !== null && text.trim() !== '' && !pattern.test('')) return pattern
  throw new HlError(
    'USAGE',
    pattern === null
      ? `--before-statement ${text} is no regular expression`
      : `--before-statement ${JSON.stringify(text)} matches every statement`,
    {
      next: ["for example --before-statement 'update hl\\.accounts set'"],
      ...(cause === undefined ? {} : {cause}),
    },
  )
}

/** What the logs hold of it. TARGET_UNREACHABLE when that is nothing. */
export async function statementDamage(source: Cluster, pattern: RegExp): Promise<Damage> {
  const {logs, silent} = await readServerLogs(source)
  const found = findStatements(logs, pattern)
  const [first] = found.matches
  if (first !== undefined && found.matches.every(({failed}) => failed !== null))
    throw new HlError(
      'TARGET_UNREACHABLE',
      `what matches ${String(pattern)} failed (${first.failed ?? ''}) and changed nothing`,
      {next: ['give the target yourself: --to, --to-lsn or --to-xid']},
    )
  if (first !== undefined) return {kind: 'statement', pattern, found}
  const unread = [
    ...(found.unread === 0 ? [] : [`${found.unread} entries of the logs could not be read`]),
    ...(silent.length === 0 ? [] : [`the log of ${silent.join(', ')} could not be read at all`]),
  ].map(text => `; ${text}`)
  throw new HlError(
    'TARGET_UNREACHABLE',
    `none of ${found.statements.length} logged statements matches ${String(pattern)}${unread.join('')}`,
    {
      next: [
        'statements are logged while log_statement is mod, and logs go with their container',
        'give the target yourself: --to, --to-lsn or --to-xid',
      ],
    },
  )
}

/** PURE: where it ends, in words. */
export function describeRequest({target, damage}: Pick<RestoreRequest, 'target' | 'damage'>): string {
  if (damage === null) return describeTarget(target)
  return damage.kind === 'drop'
    ? `just before ${damage.table} was dropped`
    : `just before the statement that matches ${String(damage.pattern)}`
}

/** PURE: what is on record of the target, as it was given. */
export function wantedOf(kept: Readonly<Record<string, unknown>>): WantedTarget {
  const text = (name: string): string | undefined => {
    const value = kept[name]
    return typeof value === 'string' ? value : undefined
  }
  const {inclusive, timeline} = kept
  return {
    to: text('to'),
    toLsn: text('toLsn'),
    toXid: text('toXid'),
    toName: text('toName'),
    beforeDrop: text('beforeDrop'),
    beforeStatement: text('beforeStatement'),
    backup: text('backup'),
    system: text('system'),
    inclusive: typeof inclusive === 'boolean' ? inclusive : undefined,
    timeline: typeof timeline === 'number' ? timeline : undefined,
  }
}
