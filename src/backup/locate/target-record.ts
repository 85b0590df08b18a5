// PURE: where the WAL holds the record at which replay to a target stops, from lines of pg_waldump; or what is there
// instead. Source: recoveryStopsBefore and recoveryStopsAfter, src/backend/access/transam/xlogrecovery.c: a time stops
// at the first end of a transaction behind it, a transaction at its own end (also of one that was rolled back), a name
// at the first point of that name.
// Not here: reading the lines (find-target.ts).
import type {RestoreTarget} from '../../model/backup.ts'
import type {NextStep} from '../../model/command-hint.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import {formatPostgresTime} from '../restore/parse-time.ts'

export type TargetRecord =
  | {readonly kind: 'record'; readonly lsn: Lsn}
  /** Found, and not what was meant: nothing further has to be read. */
  | {readonly kind: 'refused'; readonly message: string; readonly next: readonly NextStep[]}
  /** `seen`: what there is instead, for a person. */
  | {readonly kind: 'absent'; readonly seen: string}

/** Of which kinds of record the lines are wanted, and which of these. */
export interface TargetFilter {
  readonly managers: readonly string[]
  /** A program for awk; `t`, `x` are its variables. */
  readonly awk: string
  readonly variables: Readonly<Record<string, string>>
}

const endTime = String.raw`match($0, /[0-9]+-[0-9]+-[0-9]+ [0-9]+:[0-9]+:[0-9]+[.][0-9]+ UTC/)`

/** null: the target names its place itself. */
export function filterOf(target: RestoreTarget): TargetFilter | null {
  switch (target.kind) {
    case 'time':
      return {
        managers: ['Transaction'],
        variables: {t: formatPostgresTime(target.epochMs).slice(0, 26)},
        awk:
          `/desc: (COMMIT|ABORT)/ && ${endTime} {last = $0; if (substr($0, RSTART, 26) ` +
          `${target.inclusive ? '>' : '>='} t) {print; hit = 1; exit}} END {if (!hit && last) print "last " last}`,
      }
    case 'xid':
      return {
        managers: ['Transaction'],
        variables: {x: String(target.xid)},
        awk:
          '/desc: (COMMIT|ABORT)/ {last = $0; if (!first) {first = 1; print "first " $0}} $0 ~ ("tx: +" x ",") || ' +
          '$0 ~ ("subxacts:[ 0-9]* " x "( |;|$)") || $0 ~ ("_PREPARED " x ":") {print} END {if (last) print "last " ' +
          'last}',
      }
    case 'name':
      return {managers: ['XLOG'], variables: {}, awk: '/desc: RESTORE_POINT/ {print}'}
    default:
      return null
  }
}

/** Of the lines that the filter lets through. */
export function recordIn(target: RestoreTarget, text: string): TargetRecord {
  const lines = text.split('\n').filter(line => line.includes('rmgr: '))
  const found = lines.filter(line => line.startsWith('rmgr: '))
  if (target.kind === 'name') return pointIn(target.name, found)
  if (target.kind === 'xid') return endOf(target.xid, found, lines)
  const lsn = lsnOf(found[0] ?? '')
  if (lsn !== null) return {kind: 'record', lsn}
  return {kind: 'absent', seen: timeOf(lines.find(line => line.startsWith('last ')) ?? '') ?? ''}
}

function pointIn(name: string, lines: readonly string[]): TargetRecord {
  const points = lines.flatMap(line => {
    const lsn = lsnOf(line)
    const named = / desc: RESTORE_POINT (.*)$/.exec(line)?.[1]
    return lsn === null || named === undefined ? [] : [{lsn, named}]
  })
  const [first, ...more] = points.filter(({named}) => named === name)
  if (first === undefined) {
    const names = [...new Set(points.map(({named}) => named))]
    return {kind: 'absent', seen: names.length === 0 ? 'there is no restore point' : `there are ${names.join(', ')}`}
  }
  if (more.length === 0) return {kind: 'record', lsn: first.lsn}
  const places = [first, ...more].map(({lsn}) => formatLsn(lsn))
  return {
    kind: 'refused',
    message: `${places.length} restore points are called ${name}, at ${places.join(', ')}`,
    next: places.map(place => `--to-lsn ${place}`),
  }
}

function endOf(xid: number, found: readonly string[], lines: readonly string[]): TargetRecord {
  const own = found.find(line =>
    new RegExp(`(?:tx: +${xid}, .* desc: (?:COMMIT|ABORT) |_PREPARED ${xid}: )`).test(line),
  )
  const lsn = lsnOf(own ?? '')
  if (lsn !== null) return {kind: 'record', lsn}
  const above = found.find(line => line.includes('subxacts:'))
  if (above !== undefined) {
    const parent = /_PREPARED (\d+): /.exec(above)?.[1] ?? /tx: +(\d+),/.exec(above)?.[1] ?? ''
    const how = above.includes('desc: COMMIT') ? 'committed' : 'was rolled back'
    return {
      kind: 'refused',
      message:
        `transaction ${xid} is a subtransaction of ${parent}, which ${how} at ${formatLsn(lsnOf(above) ?? 0n)} ` +
        `(${timeOf(above) ?? ''})`,
      next: [`--to-xid ${parent}`],
    }
  }
  const prepared = found.find(line => line.includes('desc: PREPARE'))
  if (prepared !== undefined)
    return {
      kind: 'refused',
      message:
        `transaction ${xid} was prepared at ${formatLsn(lsnOf(prepared) ?? 0n)} and neither committed nor rolled ` +
        'back since',
      next: [`--to-lsn ${formatLsn(lsnOf(prepared) ?? 0n)} has it prepared`],
    }
  const [first, last] = ['first ', 'last '].map(start => lines.find(line => line.startsWith(start)) ?? '')
  return {
    kind: 'absent',
    seen:
      `it holds the ends of transactions from ${describeEnd(first ?? '')} to ${describeEnd(last ?? '')}; one that ` +
      'wrote nothing has none',
  }
}

function describeEnd(line: string): string {
  const xid = /_PREPARED (\d+): /.exec(line)?.[1] ?? /tx: +(\d+),/.exec(line)?.[1]
  return xid === undefined ? 'none' : `${xid} (${timeOf(line) ?? ''})`
}

function lsnOf(line: string): Lsn | null {
  return parseLsn(/ lsn: ([0-9A-F]+\/[0-9A-F]+),/.exec(line)?.[1] ?? '')
}

function timeOf(line: string): string | null {
  return /(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC)/.exec(line)?.[1] ?? null
}
