// The outage as one bar made of its parts, and many trials as dots on one line. Invariant: every part is named beside
// its swatch in the table that follows.
import {type TrialSummary} from '../model/report.ts'
import {failoverPartNames, type RtoPartName} from '../model/rto.ts'
import {formatMs} from '../model/time.ts'
import {plural} from '../model/quantity.ts'
import {element, nothing, type Markup} from './markup.ts'
import type {ExplainedPart} from './rto-parts.ts'
import {chartWidth, placeInRows, round, textWidth, tickStep} from './svg-scale.ts'

/** A colour for each part of a failover; the phases of a recovery, which have a chart of their own, share one. */
function partClass(name: RtoPartName): string {
  const index = failoverPartNames.findIndex(other => other === name)
  return `part-${index < 0 ? 2 : index}`
}

/** The colour and number of a part, for its row in the table. */
export function partSwatch(name: RtoPartName, number: number): Markup {
  return element(
    'svg',
    {'viewBox': '0 0 22 18', 'class': 'swatch', 'aria-hidden': 'true'},
    element('rect', {width: 22, height: 18, rx: 3, class: partClass(name)}),
    element('text', {'x': 11, 'y': 13.5, 'text-anchor': 'middle', 'class': 'on-solid'}, String(number)),
  )
}

/** Segments as long as the parts; the same names stand in the table. */
export function partsBar(parts: readonly ExplainedPart[]): Markup {
  let x = 0
  const segments = parts.map((part, index) => {
    const width = part.share * chartWidth
    const left = x
    x += width
    const whole = `${index + 1}  ${part.name} ${formatMs(part.ms)}`
    const label = textWidth(whole) + 14 <= width ? whole : width >= 16 ? String(index + 1) : ''
    return [
      element(
        'rect',
        {
          x: round(left + 1),
          y: 2,
          width: round(Math.max(1, width - 2)),
          height: 34,
          rx: 3,
          class: partClass(part.name),
        },
        element('title', {}, `${part.name} ${formatMs(part.ms)}`),
      ),
      label === ''
        ? nothing
        : element(
            'text',
            {
              'x': round(left + (label === whole ? 10 : width / 2)),
              'y': 23.5,
              'text-anchor': label === whole ? 'start' : 'middle',
              'class': 'on-solid',
            },
            label,
          ),
    ]
  })
  return element(
    'svg',
    {
      'viewBox': `0 0 ${chartWidth} 38`,
      'role': 'img',
      'aria-label': `Parts of the RTO: ${parts.map(part => `${part.name} ${formatMs(part.ms)}`).join(', ')}`,
    },
    segments,
  )
}

/** A dot per trial over its RTO; trials that never recovered stand at the right end as crosses. */
export function trialsStrip(trials: TrialSummary, limitMs: number | null): Markup {
  const measured = trials.runs.flatMap(run => (run.rtoMs === null ? [] : [run.rtoMs]))
  const left = 24
  const right = trials.neverRecovered > 0 ? chartWidth - 110 : chartWidth - 40
  const max = Math.max(1, ...measured, limitMs ?? 0) * 1.04
  const x = (ms: number): number => round(left + (ms / max) * (right - left))
  const placed = placeInRows(measured.map(ms => ({ms, left: x(ms) - 6, right: x(ms) + 6})))
  const rows = Math.max(1, ...placed.map(({row}) => row + 1))
  const base = 24 + rows * 13
  const step = tickStep(max, 8)
  const ticks = Array.from({length: Math.floor(max / step) + 1}, (_, index) => index * step)
  const never = Array.from({length: trials.neverRecovered}, (_, index) =>
    element('path', {d: `M${right + 34 + index * 14} ${base - 12}l9 9m0 -9l-9 9`, class: 'trial-bad'}),
  )
  return element(
    'svg',
    {
      'viewBox': `0 0 ${chartWidth} ${base + 26}`,
      'role': 'img',
      'aria-label': `RTO of ${plural(trials.n, 'trial')}, ${trials.neverRecovered} never recovered`,
    },
    element('line', {x1: left, x2: right, y1: base, y2: base, class: 'axis'}),
    ticks.map(ms => [
      element('line', {x1: x(ms), x2: x(ms), y1: 20, y2: base, class: 'grid'}),
      element('text', {'x': x(ms), 'y': base + 17, 'text-anchor': 'middle', 'class': 'quiet'}, formatMs(ms)),
    ]),
    limitMs === null
      ? []
      : [
          element('line', {x1: x(limitMs), x2: x(limitMs), y1: 16, y2: base, class: 'limit-line'}),
          element(
            'text',
            {'x': x(limitMs) - 5, 'y': 12, 'text-anchor': 'end', 'class': 'fault-text'},
            `owed: at most ${formatMs(limitMs)}`,
          ),
        ],
    placed.map(({item, row}) =>
      element(
        'circle',
        {cx: x(item.ms), cy: base - 9 - row * 13, r: 5.5, class: 'trial-dot'},
        element('title', {}, formatMs(item.ms)),
      ),
    ),
    never.length === 0 ? [] : [never, element('text', {x: right + 30, y: base + 17, class: 'fault-text'}, 'never')],
  )
}
