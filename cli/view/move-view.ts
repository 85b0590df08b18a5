// A move of groups while it goes on: a bar that is drawn anew on a terminal, lines in a log. `moveLine` and `barLine`
// are PURE. Invariant: what comes many times a second is shown at most ten times a second on a terminal, and once in
// five seconds in a log; what stands under a bar is never overwritten.
import {bar} from '../../src/report/bar.ts'
import {printable} from '../../src/report/printable.ts'
import {formatBytes, formatCount, formatShare, plural} from '../../src/model/quantity.ts'
import type {Theme} from '../../src/report/theme.ts'
import {formatMs} from '../../src/model/time.ts'
import type {MoveEffect, MoveOrder, MoveProgress} from '../../src/shards/index.ts'
import type {ViewKind} from './choose-view.ts'

export interface MoveView {
  readonly onProgress: (progress: MoveProgress, move: MoveOrder) => void
  /** What is printed next stands below it. */
  readonly close: () => void
}

/** What people are told is being done; effects without words are too short to tell. */
const words: Readonly<Partial<Record<MoveEffect, string>>> = {
  'record-destination': 'begin',
  'wait-lease': 'wait until every pool has heard of the move',
  'wipe-destination': 'look for rows of an earlier try',
  'copy': 'copy rows from one snapshot',
  'subscribe': 'catch up by logical replication',
  'subscribe-back': 'open the way back',
  'see-slots-on-standbys': 'wait for the standbys to keep the slots',
  'verify': 'compare contents',
  'verify-back': 'compare contents before the way back',
  'fence': 'rehearse the switch, then switch',
  'tell-catalog': 'tell the catalog',
  'withdraw-back': 'close the way back',
  'wipe-source': 'remove the rows from where they came',
  'announce-back': 'turn back',
  'fence-back': 'rehearse the switch back, then switch',
  'forget-destination': 'end',
}

/** One line without its end, or null where nothing is to be said. */
export function moveLine(progress: MoveProgress): string | null {
  switch (progress.kind) {
    case 'effect':
      return words[progress.effect] ?? null
    case 'copy':
      return barLine(progress, 0)
    case 'throttle':
      return `waits: ${printable(progress.why)}`
    case 'verify':
      return `${printable(progress.table)}: ${plural(progress.rows, 'row')} the same on both sides`
    case 'removed':
      return `${formatCount(progress.rows)} rows removed from ${progress.shard}`
    case 'cutover':
      return progress.outcome === 'switched'
        ? `switched: writes waited ${formatMs(progress.pausedMs)}`
        : `too slow: the fence was taken back after ${formatMs(progress.pausedMs)}, and is tried again`
    case 'slots-on-standbys':
      return progress.survivesFailover === true
        ? 'the slot would survive a failover'
        : `${progress.survivesFailover === null ? 'not known whether the slot would survive a failover' : 'the slot would not survive a failover'}: ` +
            printable(progress.why)
    case 'warning':
      return `warning: ${printable(progress.message)}`
  }
}

type Copying = Extract<MoveProgress, {kind: 'copy'}>

/** `width` 0: without a bar. */
export function barLine({rows, bytes, chunksDone, chunks, elapsedMs, leftMs}: Copying, width: number): string {
  const share = chunks === 0 ? 1 : chunksDone / chunks
  const rate = elapsedMs <= 0 ? '' : `, ${formatBytes((bytes / elapsedMs) * 1_000)}/s`
  const drawn = width === 0 ? '' : `${bar(share, width).padEnd(width)} `
  return (
    `${drawn}${formatShare(share)} copied: ${formatCount(rows)} rows, ${formatBytes(bytes)}${rate}, ` +
    `${formatMs(leftMs)} left`
  )
}

export interface MoveViewPorts {
  readonly write: (text: string) => void
  readonly theme: Theme
  readonly nowMs: () => number
}

const barWidth = 24
const everyMs = {live: 100, line: 5_000} as const
const isMany = ({kind}: MoveProgress): boolean => kind === 'copy' || kind === 'removed'
/** The last piece is always told. */
const isLast = (progress: MoveProgress): boolean => progress.kind === 'copy' && progress.chunksDone === progress.chunks

/** Of the chosen kind. */
export function moveView(kind: ViewKind, {write, theme, nowMs}: MoveViewPorts): MoveView {
  if (kind === 'silent') return {onProgress: () => undefined, close: () => undefined}
  let shownMs = -Infinity
  let isOpen = false
  const endBar = (): void => {
    if (isOpen) write('\n')
    isOpen = false
  }
  return {
    onProgress(progress, {from, to}) {
      const text = moveLine(progress)
      if (text === null) return
      if (!isMany(progress)) {
        endBar()
        write(`${theme.dim(`${from} -> ${to}`)}  ${paintOf(progress, theme)(text)}\n`)
        return
      }
      if (!isLast(progress) && nowMs() - shownMs < everyMs[kind]) return
      shownMs = nowMs()
      if (kind === 'line') {
        write(`${from} -> ${to}  ${text}\n`)
        return
      }
      isOpen = true
      write(
        `\r\u001B[K${theme.dim(`${from} -> ${to}`)}  ${progress.kind === 'copy' ? barLine(progress, barWidth) : text}`,
      )
    },
    close: endBar,
  }
}

function paintOf(progress: MoveProgress, theme: Theme): Theme['ok'] {
  if (progress.kind === 'cutover') return progress.outcome === 'switched' ? theme.ok : theme.warn
  if (progress.kind === 'warning' || progress.kind === 'throttle') return theme.warn
  return progress.kind === 'slots-on-standbys' && progress.survivesFailover !== true ? theme.warn : theme.strong
}
