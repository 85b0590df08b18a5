// PURE: names of WAL segments and the positions that they hold. Source: XLogFileName and XLByteToSeg,
// src/include/access/xlog_internal.h.
// Not here: which of them the archive holds (archive-contents.ts).
import type {ArchivedFile} from '../../model/backup.ts'
import type {Lsn} from '../../model/lsn.ts'

/** initdb's default. */
export const defaultSegmentBytes = 16 * 1_024 * 1_024
/** What initdb --wal-segsize takes: powers of two between these. */
const segmentBytesMin = 1_024 * 1_024
const segmentBytesMax = 1_024 * segmentBytesMin

/**
 * The size of a segment: that of most files that are named like one, among the sizes that there can be. One that was
 * cut short or grew is no measure for the others.
 */
export function segmentBytesOf(files: readonly Pick<ArchivedFile, 'name' | 'bytes'>[]): number {
  const counts = new Map<number, number>()
  for (const {name, bytes} of files)
    if (/^[0-9A-F]{24}$/.test(name) && isSegmentSize(bytes)) counts.set(bytes, (counts.get(bytes) ?? 0) + 1)
  const [most] = [...counts].sort(([sizeA, a], [sizeB, b]) => b - a || sizeB - sizeA)
  return most?.[0] ?? defaultSegmentBytes
}

function isSegmentSize(bytes: number): boolean {
  return bytes >= segmentBytesMin && bytes <= segmentBytesMax && Number.isInteger(Math.log2(bytes))
}

export interface Segment {
  readonly timeline: number
  /** Counted from LSN 0/0. */
  readonly number: bigint
}

/** The number of the segment that holds the byte at `lsn`. */
export function segmentAt(lsn: Lsn, segmentBytes: number): bigint {
  return lsn / BigInt(segmentBytes)
}

/** The number of the segment that holds the byte before `lsn`: where WAL that ends there ends. */
export function segmentBefore(lsn: Lsn, segmentBytes: number): bigint {
  return lsn === 0n ? 0n : (lsn - 1n) / BigInt(segmentBytes)
}

/** The first position in a segment. */
export function startOf(number: bigint, segmentBytes: number): Lsn {
  return number * BigInt(segmentBytes)
}

/** The file name: timeline, high and low part, eight hexadecimal digits each. */
export function segmentName({timeline, number}: Segment, segmentBytes: number): string {
  const perId = 0x1_0000_0000n / BigInt(segmentBytes)
  return [BigInt(timeline), number / perId, number % perId]
    .map(part => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('')
}

/** null when it is not the name of a whole segment. */
export function parseSegmentName(name: string, segmentBytes: number): Segment | null {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name)
  if (match === null) return null
  const perId = 0x1_0000_0000n / BigInt(segmentBytes)
  const [timeline = 0n, high = 0n, low = 0n] = match.slice(1).map(part => BigInt(`0x${part}`))
  return low >= perId || timeline === 0n ? null : {timeline: Number(timeline), number: high * perId + low}
}
