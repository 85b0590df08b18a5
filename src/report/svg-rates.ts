// Rates and latency over time: ok writes and reads as lines, failed and unknown writes as hatched bars, p99 as a line
// of its own chart.
// Invariant: series differ in line style and label, not in colour alone; a second that was not measured breaks the
// line.
import type {TimelinePoint} from '../model/report.ts'
import {element, type Markup} from './markup.ts'
import {formatMs} from '../model/time.ts'
import {plural} from '../model/quantity.ts'
import {plotLeft, plotRight, round, tickStep, type TimeScale} from './svg-scale.ts'

export interface Frame {
  readonly top: number
  readonly height: number
}

type Value = (point: TimelinePoint) => number | null

function axisStep(max: number, frame: Frame): number {
  return tickStep(max, Math.max(2, Math.floor(frame.height / 42)))
}

export function valueAxis(frame: Frame, max: number, format: (value: number) => string): readonly Markup[] {
  const step = axisStep(max, frame)
  const marks: Markup[] = []
  for (let value = 0; value <= max + 1e-9; value += step) {
    const y = yOf(frame, value, max)
    marks.push(
      element('line', {x1: plotLeft, x2: plotRight, y1: y, y2: y, class: value === 0 ? 'axis' : 'grid'}),
      element('text', {'x': plotLeft - 8, 'y': y + 4, 'text-anchor': 'end', 'class': 'quiet'}, format(value)),
    )
  }
  return marks
}

export function yOf(frame: Frame, value: number, max: number): number {
  return round(frame.top + frame.height - (Math.min(value, max) / max) * frame.height)
}

/** Runs of measured seconds as path data. */
function linePath(points: readonly TimelinePoint[], value: Value, frame: Frame, max: number, scale: TimeScale): string {
  let pen = 'M'
  const parts: string[] = []
  for (const point of points) {
    const measured = value(point)
    if (measured === null) {
      pen = 'M'
      continue
    }
    parts.push(`${pen}${scale.x(point.atMs + 500)} ${yOf(frame, measured, max)}`)
    pen = 'L'
  }
  return parts.join('')
}

/** The highest value rounded up to a whole step, so that the top of the frame has a label. */
export function niceMax(values: readonly number[], frame: Frame): number {
  const max = Math.max(1, ...values)
  const step = axisStep(max, frame)
  return Math.ceil(max / step) * step
}

/** Label at the right end of a series, moved down by rows where labels would meet. */
function seriesLabels(
  labels: readonly {readonly text: string; readonly y: number; readonly className: string}[],
): readonly Markup[] {
  let last = -Infinity
  return [...labels]
    .sort((a, b) => a.y - b.y)
    .map(label => {
      const y = Math.max(label.y + 4, last + 15)
      last = y
      return element('text', {x: plotRight + 8, y, class: label.className}, label.text)
    })
}

/** Writes, reads where the load asked for some, and what went wrong, per second. */
export function ratesChart(
  points: readonly TimelinePoint[],
  withReads: boolean,
  frame: Frame,
  scale: TimeScale,
): readonly Markup[] {
  const max = niceMax(
    points.flatMap(point => [point.writesOk, point.writesBad, point.readsOk]),
    frame,
  )
  const writes = linePath(points, point => point.writesOk, frame, max, scale)
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) return []
  const floor = yOf(frame, 0, max)
  const area = `${writes}L${scale.x(last.atMs + 500)} ${floor}L${scale.x(first.atMs + 500)} ${floor}Z`
  const bad = points
    .filter(point => point.writesBad > 0)
    .map(point => {
      const y = yOf(frame, point.writesBad, max)
      const x = scale.x(point.atMs + 80)
      return element(
        'rect',
        {x, y, width: round(Math.max(1, scale.x(point.atMs + 920) - x)), height: round(floor - y), class: 'bad-bar'},
        element('title', {}, `${plural(point.writesBad, 'write')} failed or unknown in second ${point.atMs / 1_000}`),
      )
    })
  const labels = [
    {text: 'writes ok', y: yOf(frame, last.writesOk, max) - 6, className: 'write-text'},
    ...(withReads ? [{text: '╌ reads ok', y: yOf(frame, last.readsOk, max) + 8, className: 'read-text'}] : []),
    ...(bad.length === 0 ? [] : [{text: '▨ not ok', y: frame.top + frame.height * 0.62, className: 'bad-text'}]),
  ]
  return [
    ...valueAxis(frame, max, value => `${round(value)}/s`),
    element('path', {d: area, class: 'write-area'}),
    ...bad,
    ...(withReads
      ? [element('path', {d: linePath(points, point => point.readsOk, frame, max, scale), class: 'read-line'})]
      : []),
    element('path', {d: writes, class: 'write-line'}),
    ...seriesLabels(labels),
  ]
}

/** Latency of ok writes, p99 of each second. */
export function latencyChart(points: readonly TimelinePoint[], frame: Frame, scale: TimeScale): readonly Markup[] {
  const measured = points.filter(point => point.p99Ms !== null)
  if (measured.length === 0)
    return [element('text', {x: plotLeft + 8, y: frame.top + 20, class: 'quiet'}, 'no write latency was measured')]
  const max = niceMax(
    measured.map(point => point.p99Ms ?? 0),
    frame,
  )
  // A second between two unmeasured ones has no line, so it gets a dot.
  const lonely = points.filter(
    (point, index) =>
      point.p99Ms !== null &&
      (points[index - 1]?.p99Ms ?? null) === null &&
      (points[index + 1]?.p99Ms ?? null) === null,
  )
  return [
    ...valueAxis(frame, max, formatMs),
    element('path', {d: linePath(points, point => point.p99Ms, frame, max, scale), class: 'p99-line'}),
    ...lonely.map(point =>
      element('circle', {
        cx: scale.x(point.atMs + 500),
        cy: yOf(frame, point.p99Ms ?? 0, max),
        r: 2.5,
        class: 'p99-dot',
      }),
    ),
    element(
      'text',
      {x: plotRight + 8, y: yOf(frame, measured.at(-1)?.p99Ms ?? 0, max) + 4, class: 'p99-text'},
      'write p99',
    ),
  ]
}
