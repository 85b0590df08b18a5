// PURE: which timelines lead to a timeline, and where each was left. Source: readTimeLineHistory and
// findNewestTimeLine, src/backend/access/transam/timeline.c.
// Invariant: a history that is missing or not understood is null, never a guess. Not here: which WAL there is of them
// (archive-contents.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import {segmentAt, segmentName} from './segment.ts'

/** An ancestor, and where it was left. */
export interface HistoryEntry {
  readonly timeline: number
  readonly switchedAt: Lsn
}

/**
 * What a timeline contributes to the way to another: `fromLsn` counts, `toLsn` is the first position that does not;
 * null for the last.
 */
export interface LineagePart {
  readonly timeline: number
  readonly fromLsn: Lsn
  readonly toLsn: Lsn | null
}

/** All of the way, oldest ancestor first; the last part is the timeline itself. */
export type Lineage = readonly LineagePart[]

/** The name of the history file of a timeline. */
export function historyName(timeline: number): string {
  return `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`
}

/**
 * Reads the text of a `.history` file; null unless ancestors ascend. Where they were left need not: a recovery that
 * stopped before its own timeline began notes that timeline as left at a position before its beginning.
 */
export function parseHistory(text: string): readonly HistoryEntry[] | null {
  const entries: HistoryEntry[] = []
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, timelineText = '', lsnText = ''] = /^\s*(\d{1,10})\s+([0-9A-Fa-f]+\/[0-9A-Fa-f]+)(?:\s|$)/.exec(line) ?? []
    const timeline = Number(timelineText)
    const switchedAt = parseLsn(lsnText)
    const last = entries.at(-1)
    if (switchedAt === null || timeline < 1 || timeline > 0xffff_ffff) return null
    if (last !== undefined && timeline <= last.timeline) return null
    entries.push({timeline, switchedAt})
  }
  return entries
}

/**
 * The way to `timeline`; null when its history file is missing or not understood. A history file holds all ancestors,
 * so one file is enough; timeline 1 has none. Read as PostgreSQL does, newest first: an ancestor counts up to where the
 * next one that counts begins, and one that begins behind that does not count at all. Source: tliOfPointInHistory.
 */
export function lineageOf(listing: Pick<ArchiveListing, 'histories'>, timeline: number): Lineage | null {
  if (timeline === 1) return [{timeline, fromLsn: 0n, toLsn: null}]
  const text = listing.histories.get(timeline)
  const entries = text === undefined ? null : parseHistory(text)
  const last = entries?.at(-1)
  if (entries === null || last === undefined || last.timeline >= timeline) return null
  const way: LineagePart[] = [{timeline, fromLsn: last.switchedAt, toLsn: null}]
  let toLsn = last.switchedAt
  for (const [index, entry] of [...entries.entries()].toReversed()) {
    const fromLsn = entries[index - 1]?.switchedAt ?? 0n
    if (fromLsn >= toLsn) continue
    way.unshift({timeline: entry.timeline, fromLsn, toLsn})
    toLsn = fromLsn
  }
  return way
}

/** Does WAL of `timeline` up to `lsn` belong to this way? */
export function liesOn(lineage: Lineage, timeline: number, lsn: Lsn): boolean {
  const part = lineage.find(candidate => candidate.timeline === timeline)
  return part !== undefined && (part.toLsn === null || lsn <= part.toLsn)
}

/** Whose WAL leads up to `lsn` on this way. */
export function timelineAt(lineage: Lineage, lsn: Lsn): number {
  const part = lineage.find(({toLsn}) => toLsn === null || lsn <= toLsn)
  return part?.timeline ?? 1
}

/**
 * Whose WAL holds the record that starts at `lsn`: a recovery that stops there has to run along that timeline, else the
 * new one is noted as left before its parent began.
 */
export function timelineOfRecord(lineage: Lineage, lsn: Lsn): number {
  const part = lineage.find(({toLsn}) => toLsn === null || lsn < toLsn)
  return part?.timeline ?? 1
}

/**
 * restore_command: it stops with an error at a hole, which only whoever knows the way to the target can see, and at
 * damage. `system`: the folder of the archive. `waits`: it waits there instead, for what may come in.
 */
export function restoreCommand(system: string, lineage: Lineage, segmentBytes: number, waits = false): string {
  const entries = lineage.map(({timeline, toLsn}) => {
    const name = segmentName({timeline, number: toLsn === null ? 0n : segmentAt(toLsn, segmentBytes)}, segmentBytes)
    return `${name.slice(0, 8)}:${toLsn === null ? 'F'.repeat(16) : name.slice(8)}`
  })
  return `${waits ? 'WAL_WAIT=1 ' : ''}wal-get ${system}/wal "%f" "%p" ${entries.join(' ')}`
}
