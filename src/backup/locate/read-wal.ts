// The archived WAL of a way, as lines of pg_waldump, in a container where it is mounted. Invariant: all of what was
// asked for is read, or it is told where the reading ended; only a file that is not complete may hold less than a
// segment.
// Not here: what the lines mean (parse-waldump.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {lastWords, runOnNode, type NodeTask} from '../run-on-node.ts'
import {followWal, parseWalFile, type FollowedWal} from '../wal/archive-contents.ts'
import {segmentAt, segmentName, startOf} from '../wal/segment.ts'
import type {Lineage} from '../wal/timeline-history.ts'
import {parseWalLine, type WalLine} from './parse-waldump.ts'

export interface SearchRange {
  readonly listing: ArchiveListing
  /** Where WAL is searched from, and when that was: what was logged before it is not in there. */
  readonly from: {readonly timeline: number; readonly lsn: Lsn; readonly atMs: number}
  /** Recovery cannot stop before: where the data is consistent. */
  readonly consistentLsn: Lsn
  /** The timelines to search along, and where their WAL ends in the archive. */
  readonly lineage: Lineage
  readonly endLsn: Lsn
  /**
   * Copies the data anew where looking has brought it too far. Absent: it is a copy's, which stays where it stands
   * until the transaction is found.
   */
  readonly fetchAgain?: (() => Promise<void>) | undefined
}

/** Where WAL cannot be read, or is missing, and why: what lies behind nobody knows. */
export interface WalEnd {
  readonly lsn: Lsn
  readonly why: string
}

export interface DumpOptions {
  readonly fromLsn: Lsn
  readonly managers: readonly string[]
  /** Nothing behind the first end of a transaction at or after this, as UTC: `2026-11-24 18:31:58.909`. */
  readonly untilEndAt?: string
}

const withinMs = 3_600_000
const folder = '/tmp/wal'
const dumped = '/tmp/waldump.txt'
const pieceBytes = 16 * 1_024 * 1_024

/** PURE: which file of the archive serves a segment, by the name that one timeline would give it. */
export function namesAlong({listing, from, lineage}: Pick<SearchRange, 'listing' | 'from' | 'lineage'>): readonly {
  readonly file: string
  readonly name: string
}[] {
  const timeline = lineage.at(-1)?.timeline ?? from.timeline
  const wal = walOf({listing, from, lineage})
  if (wal === null) return []
  return [...wal.present, ...(wal.partial === null ? [] : [wal.partial])].flatMap(file => {
    const number = parseWalFile(file, listing.segmentBytes)?.number
    return number === undefined ? [] : [{file, name: segmentName({timeline, number}, listing.segmentBytes)}]
  })
}

function walOf({listing, from, lineage}: Pick<SearchRange, 'listing' | 'from' | 'lineage'>): FollowedWal | null {
  const alongTimeline = lineage.at(-1)?.timeline ?? from.timeline
  return followWal(listing, {timeline: from.timeline, fromLsn: from.lsn, alongTimeline})
}

/**
 * Lays the WAL of all timelines out as if one had written it, which is how it is replayed: a switch continues in the
 * middle of a record's page. An encrypted one is opened, and in an encrypted archive, as wal-get has it, nothing else
 * is taken.
 */
export async function openWal(node: RestoreNode, range: SearchRange, task: NodeTask): Promise<void> {
  const wal = `/archive/${range.listing.systemIdentifier}/wal`
  const names = namesAlong(range)
    .map(({file, name}) => `${file} ${name}\n`)
    .join('')
  const script =
    `rm -rf ${folder}; mkdir -p ${folder}; cd ${folder}; while read -r file name; do if [ -f "${wal}/.$file.seal" ` +
    `]; then decrypt file "${wal}/$file" "$name"; elif [ -d /run/hl-identity ]; then echo "$file is not encrypted, ` +
    `and this archive is encrypted" >&2; exit 1; else ln -sf "${wal}/$file" "$name"; fi; done`
  await runOnNode(node, 'opening the WAL', ['sh', '-euc', script], {...task, stdin: names})
}

/**
 * Hands on what is understood, in order, a piece at a time: a gigabyte of WAL is more text than one string holds; waits
 * where whoever takes it has something to do first. Where a whole segment could not be read to its end, and so nothing
 * behind; null: there was no such place.
 */
export async function readWal(
  node: RestoreNode,
  searched: SearchRange,
  {fromLsn, managers, untilEndAt}: DumpOptions,
  task: NodeTask,
  take: (line: WalLine) => Promise<void> | void,
): Promise<WalEnd | null> {
  const {from, lineage} = searched
  const timeline = String(lineage.at(-1)?.timeline ?? from.timeline)
  const endLsn = gapIn(searched)?.lsn ?? searched.endLsn
  const range = [`--start=${formatLsn(fromLsn)}`, `--end=${formatLsn(endLsn)}`]
  const dump = ['pg_waldump', '-p', folder, '-t', timeline, ...managers.map(name => `--rmgr=${name}`), ...range]
  const {exitCode, stderr} = await node.exec(
    ['env', 'TZ=UTC', 'bash', '-c', dumpScript, 'bash', untilEndAt ?? '', ...dump],
    {
      user: 'postgres',
      timeoutMs: withinMs,
    },
  )
  const end = exitCode === 0 ? 'all' : readingEnd(stderr, walOf(searched)?.contiguousTo ?? endLsn)
  if (end === null) throw new HlError('RESTORE_FAILED', `the WAL cannot be read to its end: ${lastWords(stderr)}`, task)
  for await (const text of linesOf(node, task)) {
    const line = parseWalLine(text)
    const busy = line === null ? undefined : take(line)
    if (busy !== undefined) await busy
  }
  return end === 'all' ? null : end
}

/** Where the archive leaves off before its newest WAL, as is known before anything is read; null: it does not. */
export function gapIn(range: SearchRange): WalEnd | null {
  const {segmentBytes} = range.listing
  const wal = walOf(range)
  const [gap] = wal?.missing ?? []
  if (wal === null || gap === undefined) return null
  // Of a damaged segment nothing is read.
  return {lsn: startOf(segmentAt(wal.contiguousTo, segmentBytes), segmentBytes), why: gap.text}
}

/** One that is cut off behind what was wanted has done its work. */
const dumpScript = `until=$1; shift
if [ -z "$until" ]; then exec "$@" >${dumped}; fi
"$@" | awk -v t="$until" '{print} /^rmgr: Transaction/ && match($0, /[0-9]+-[0-9]+-[0-9]+ [0-9]+:[0-9]+:[0-9]+[.][0-9]+ UTC/) && substr($0, RSTART, 23) >= t {exit}' >${dumped}
status=\${PIPESTATUS[0]}
[ "$status" = 141 ] || exit "$status"`

/**
 * PURE: what pg_waldump ended with. `all`: it came to where whole segments end, behind which nobody knows how much is
 * WAL. null: it could not do its work. Of a whole segment everything is WAL or what follows a switch, which it skips.
 * `wholeTo`: where they end. Source: main and WALDumpReadPage, src/bin/pg_waldump/pg_waldump.c.
 */
export function readingEnd(stderr: string, wholeTo: Lsn): 'all' | WalEnd | null {
  if (!/error in WAL record at|could not find a valid record after/.test(stderr)) return null
  // The last position that it names is where it gave up; the first is the record before.
  const lsn = parseLsn([...stderr.matchAll(/\b[0-9A-F]+\/[0-9A-F]+\b/g)].at(-1)?.[0] ?? '')
  if (lsn === null) return null
  return lsn >= wholeTo ? 'all' : {lsn, why: lastWords(stderr.replace(/^pg_waldump: error: /, ''))}
}

/** Of what was dumped. */
async function* linesOf(node: RestoreNode, task: NodeTask): AsyncGenerator<string> {
  let rest = ''
  for (let index = 0; ; index++) {
    const piece = await node.exec(
      ['dd', `if=${dumped}`, `bs=${pieceBytes}`, `skip=${index}`, 'count=1', 'status=none'],
      {user: 'postgres', timeoutMs: withinMs},
    )
    if (piece.exitCode !== 0)
      throw new HlError('RESTORE_FAILED', `reading what pg_waldump printed failed: ${lastWords(piece.stderr)}`, task)
    if (piece.stdout === '') break
    const lines = (rest + piece.stdout).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  yield rest
}
