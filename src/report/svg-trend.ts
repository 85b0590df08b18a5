// The RTO of each run of a scenario, oldest first, as dots over its objective. Invariant: a run that never recovered,
// and one of which it is not known, have marks of their own and no height. Not here: the table beside it (slo-html.ts).
import type {Trend, TrendPoint} from '../model/stored-figures.ts'
import {formatMs} from '../model/time.ts'
import {element, nothing, type Markup} from './markup.ts'
import {rtoSeenText} from './slo-rows.ts'
import {chartWidth, plotLeft, plotRight, round, tickStep} from './svg-scale.ts'

const top = 26
const bottom = 166
const height = 192

export function trendChart({scenario, points, limitMs}: Trend): Markup {
  const measured = points.flatMap(({rto}) => (rto.kind === 'measured' ? [rto.ms] : []))
  const maxMs = Math.max(1, limitMs ?? 0, ...measured) * 1.05
  const y = (ms: number): number => round(bottom - (ms / maxMs) * (bottom - top))
  const x = (index: number): number => round(plotLeft + ((index + 0.5) / points.length) * (plotRight - plotLeft))
  return element(
    'svg',
    {'viewBox': `0 0 ${chartWidth} ${height}`, 'role': 'img', 'aria-label': `RTO of ${scenario} over time`},
    gridLines(maxMs, y),
    limitMs === null ? nothing : limitLine(limitMs, y(limitMs)),
    points.map((point, index) => mark(point, x(index), y)),
  )
}

function gridLines(maxMs: number, y: (ms: number) => number): readonly Markup[] {
  const step = tickStep(maxMs, 4)
  return Array.from({length: Math.floor(maxMs / step) + 1}, (_, index) => [
    element('line', {x1: plotLeft, x2: plotRight, y1: y(index * step), y2: y(index * step), class: 'grid'}),
    element(
      'text',
      {'x': plotLeft - 8, 'y': y(index * step) + 4, 'text-anchor': 'end', 'class': 'quiet'},
      formatMs(index * step),
    ),
  ]).flat()
}

function limitLine(limitMs: number, atY: number): Markup {
  return element(
    'g',
    {},
    element('line', {x1: plotLeft, x2: plotRight, y1: atY, y2: atY, class: 'limit-line'}),
    element(
      'text',
      {'x': plotRight, 'y': atY - 5, 'text-anchor': 'end', 'class': 'fault-text'},
      `at most ${formatMs(limitMs)}`,
    ),
  )
}

function mark({run, startedAt, rto}: TrendPoint, atX: number, y: (ms: number) => number): Markup {
  const title = element('title', {}, `${run}, ${startedAt ?? 'unknown'}: ${rtoSeenText(rto)}`)
  if (rto.kind === 'measured') return element('circle', {cx: atX, cy: y(rto.ms), r: 4.5, class: 'trial-dot'}, title)
  const isNever = rto.kind === 'never'
  return element(
    'text',
    {
      'x': atX,
      'y': isNever ? top - 8 : bottom + 16,
      'text-anchor': 'middle',
      'class': isNever ? 'bad-text' : 'quiet',
    },
    title,
    isNever ? '✗' : '?',
  )
}
