// PURE: where a restore shall end, from flags to PostgreSQL's settings. Invariant: a time without a zone is refused,
// never guessed. Source: PostgreSQL documentation, "Recovery Target". Not here: whether the archive can reach it
// (plan-restore.ts).
import type {NextStep} from '../../model/command-hint.ts'
import type {RestoreTarget} from '../../model/backup.ts'
import {HlError, unreachable} from '../../model/errors.ts'
import {formatLsn, parseLsn} from '../../model/lsn.ts'
import {formatPostgresTime, formatTime, lacksZone, parseTime} from './parse-time.ts'

export interface TargetFlags {
  /** `latest`, or a time with its zone. */
  readonly to?: string | undefined
  readonly toLsn?: string | undefined
  readonly toXid?: string | undefined
  readonly toName?: string | undefined
  /** Is what the target names restored too? Absent: yes, as in PostgreSQL. */
  readonly inclusive?: boolean | undefined
}

/** PostgreSQL cuts names of restore points there (MAXFNAMELEN). */
const nameBytesMax = 63
/** 0, 1 and 2 are no transactions that commit. */
const firstNormalXid = 3
const lastXid = 0xffff_ffff

/** Exactly one target. Errors: TARGET_INVALID. */
export function parseTarget(flags: TargetFlags): RestoreTarget {
  const inclusive = flags.inclusive ?? true
  const given: readonly (() => RestoreTarget)[] = [
    ...one(flags.to, text => timeTarget(text, inclusive)),
    ...one(flags.toLsn, text => lsnTarget(text, inclusive)),
    ...one(flags.toXid, text => xidTarget(text, inclusive)),
    ...one(flags.toName, nameTarget),
  ]
  const [read] = given
  if (read === undefined)
    throw invalid('no target is given', [
      '--to latest',
      '--to 2026-11-24T10:00:00Z',
      '--to-lsn 0/3000028, --to-xid 4711 or --to-name before-migration',
    ])
  if (given.length > 1)
    throw invalid('more than one target is given', ['give one of --to, --to-lsn, --to-xid, --to-name'])
  const target = read()
  if (!inclusive && !('inclusive' in target))
    throw invalid(`a restore to ${describeTarget(target)} has nothing to leave out`, ['leave out --exclusive'])
  return target
}

function one(text: string | undefined, read: (text: string) => RestoreTarget): readonly (() => RestoreTarget)[] {
  return text === undefined ? [] : [() => read(text)]
}

function timeTarget(text: string, inclusive: boolean): RestoreTarget {
  if (text === 'latest') return {kind: 'latest'}
  const epochMs = parseTime(text)
  if (epochMs !== null) {
    if (!/^(?!0000)\d{4}-/.test(formatTime(epochMs)))
      throw invalid(`${text} is no time of the years 1 to 9999, in UTC and to the microsecond`, ['--to latest'])
    return {kind: 'time', epochMs, inclusive}
  }
  if (lacksZone(text))
    throw invalid(`${text} has no time zone, and PostgreSQL would take the server's`, [
      `--to ${text.replace(' ', 'T')}Z`,
      `--to ${text.replace(' ', 'T')}+01:00`,
    ])
  throw invalid(`${JSON.stringify(text)} is neither "latest" nor a time`, ['--to 2026-11-24T10:00:00Z', '--to latest'])
}

function lsnTarget(text: string, inclusive: boolean): RestoreTarget {
  const lsn = parseLsn(text)
  if (lsn === null) throw invalid(`${JSON.stringify(text)} is no LSN`, ['--to-lsn 0/3000028'])
  return {kind: 'lsn', lsn, inclusive}
}

function xidTarget(text: string, inclusive: boolean): RestoreTarget {
  const xid = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (!(xid >= firstNormalXid && xid <= lastXid))
    throw invalid(`${JSON.stringify(text)} is no transaction id from ${firstNormalXid} to ${lastXid}`, [
      '--to-xid 4711',
      'of a 64-bit id, give the lower 32 bits: id % 4294967296',
    ])
  return {kind: 'xid', xid, inclusive}
}

function nameTarget(name: string): RestoreTarget {
  const bytes = new TextEncoder().encode(name).length
  if (bytes === 0) throw invalid('the name of the restore point is empty', ['--to-name before-migration'])
  // It goes into a line of a configuration file.
  if (/\p{Cc}/u.test(name))
    throw invalid('the name of the restore point holds a control character', ['--to-name before-migration'])
  if (bytes > nameBytesMax)
    throw invalid(`the name of the restore point has ${bytes} bytes, PostgreSQL's have ${nameBytesMax} at most`, [
      `--to-name ${name.slice(0, 20)}…`,
    ])
  return {kind: 'name', name}
}

function invalid(message: string, next: readonly NextStep[]): HlError {
  return new HlError('TARGET_INVALID', message, {next})
}

/** The target in words: `LSN 0/3000028, exclusive`. */
export function describeTarget(target: RestoreTarget): string {
  switch (target.kind) {
    case 'latest':
      return 'the end of the archive'
    case 'time':
      return `${formatTime(target.epochMs)}${edge(target.inclusive)}`
    case 'lsn':
      return `LSN ${formatLsn(target.lsn)}${edge(target.inclusive)}`
    case 'xid':
      return `transaction ${target.xid}${edge(target.inclusive)}`
    case 'name':
      return `restore point ${target.name}`
    default:
      return unreachable(target)
  }
}

function edge(inclusive: boolean): string {
  return inclusive ? '' : ', exclusive'
}

/**
 * The settings of recovery, unquoted. Without a target there is no action either: recovery ends with the WAL, and the
 * server is promoted.
 */
export function recoverySettings(target: RestoreTarget, timeline: number): Readonly<Record<string, string>> {
  const ofTimeline = {recovery_target_timeline: String(timeline)}
  if (target.kind === 'latest') return ofTimeline
  return {...ofTimeline, ...targetSettings(target), recovery_target_action: 'pause'}
}

function targetSettings(target: Exclude<RestoreTarget, {readonly kind: 'latest'}>): Readonly<Record<string, string>> {
  switch (target.kind) {
    case 'time':
      return {
        recovery_target_time: formatPostgresTime(target.epochMs),
        recovery_target_inclusive: onOff(target.inclusive),
      }
    case 'lsn':
      return {recovery_target_lsn: formatLsn(target.lsn), recovery_target_inclusive: onOff(target.inclusive)}
    case 'xid':
      return {recovery_target_xid: String(target.xid), recovery_target_inclusive: onOff(target.inclusive)}
    case 'name':
      return {recovery_target_name: target.name}
    default:
      return unreachable(target)
  }
}

function onOff(value: boolean): string {
  return value ? 'on' : 'off'
}
