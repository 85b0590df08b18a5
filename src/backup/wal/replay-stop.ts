// PURE: where a replay stopped for WAL that cannot be replayed, as PostgreSQL or wal-get told it, and the file that is
// to blame. Source of the words: xlogreader.c and xlogrecovery.c, src/backend/access/transam; of those of wal-get:
// compose/images/archive. Not here: whether it was to go further (../restore/require-end.ts).
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import {parseSegmentName, segmentAt, segmentName, startOf} from './segment.ts'
import type {Lineage} from './timeline-history.ts'

export interface ReplayStop {
  /** The WAL file, as the archive names it. */
  readonly file: string
  /** null where the file as a whole was refused. */
  readonly lsn: Lsn | null
  /** What was said of it. */
  readonly words: string
  /** Where the last record begins that was replayed: a restore to it comes out; null where nobody said so. */
  readonly lastRecord: Lsn | null
  /** Commit time of the last transaction that was replayed, as the server prints it. */
  readonly lastCommit: string | null
}

const ofPostgres =
  /(?:invalid|incorrect|unexpected|out-of-|there is no contrecord|contrecord is|record (?:with|length)|WAL file is from|missing contrecord|could not (?:decompress|restore|decode))[^\n]*/
const ofWalGet = /wal-get: (([0-9A-F]{24})(?:\.partial)? [^\n]*)/
const position = /(?:\bat|LSN) ([0-9A-F]{1,8}\/[0-9A-F]{1,8})/g

/** The last complaint among the lines of a server's log; null where none is tied to a place in the WAL. */
export function replayStop(lines: readonly string[], lineage: Lineage, segmentBytes: number): ReplayStop | null {
  const place = lines.flatMap(line => placeIn(line, lineage, segmentBytes) ?? []).at(-1)
  if (place === undefined) return null
  const lastOf = (pattern: RegExp): string | null => lines.flatMap(line => pattern.exec(line)?.[1] ?? []).at(-1) ?? null
  return {
    ...place,
    lastRecord: parseLsn(lastOf(/redo done at ([0-9A-F]+\/[0-9A-F]+)/) ?? ''),
    lastCommit: lastOf(/last completed transaction was at log time (.+)/),
  }
}

function placeIn(
  line: string,
  lineage: Lineage,
  segmentBytes: number,
): Pick<ReplayStop, 'file' | 'lsn' | 'words'> | null {
  const [, refused = '', name = ''] = ofWalGet.exec(line) ?? []
  if (name !== '') return {file: name, lsn: null, words: refused}
  const [words = ''] = ofPostgres.exec(line) ?? []
  const lsn = parseLsn([...words.matchAll(position)].at(-1)?.[1] ?? '')
  return lsn === null ? null : {file: fileAt(lineage, lsn, segmentBytes), lsn, words}
}

/** The file that replay asks for at a position: of the newest timeline of the way that has WAL in its segment. */
function fileAt(lineage: Lineage, lsn: Lsn, segmentBytes: number): string {
  const number = segmentAt(lsn, segmentBytes)
  const owner = lineage.findLast(({fromLsn}) => segmentAt(fromLsn, segmentBytes) <= number)
  return segmentName({timeline: owner?.timeline ?? 1, number}, segmentBytes)
}

/** For a person: the file, the offset in it, and what was said. */
export function describeStop({file, lsn, words}: ReplayStop, segmentBytes: number): string {
  if (lsn === null) return words
  const segment = parseSegmentName(file, segmentBytes)
  const offset = segment === null ? 0n : lsn - startOf(segment.number, segmentBytes)
  return `${file} cannot be replayed from offset ${offset} on, ${formatLsn(lsn)}: ${words}`
}

/**
 * The nearest position before it that a restore reaches: the last record that was replayed, otherwise the start of the
 * segment before. null where that is not behind `from`, where the data is consistent.
 */
export function reachableBefore({file, lastRecord}: ReplayStop, from: Lsn, segmentBytes: number): Lsn | null {
  const segment = parseSegmentName(file, segmentBytes)
  const before = segment === null || segment.number === 0n ? null : startOf(segment.number - 1n, segmentBytes)
  const lsn = lastRecord ?? before
  return lsn === null || lsn < from ? null : lsn
}
