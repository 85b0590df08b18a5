// The phases of a recovery as bars under each other, since the disaster. Invariant: a bar says its phase and its length
// in words, and stays inside the chart whatever was measured.
import type {RecoveryPhase, Report} from '../model/report.ts'
import {formatMs} from '../model/time.ts'
import {element, type Markup} from './markup.ts'
import {chartWidth, plotRight, round, textWidth, timeAxis, type TimeScale} from './svg-scale.ts'

const nameRight = 96
const rowHeight = 26

/** From the disaster to the first write: a row per phase, as long as it took; null without a disaster or phases. */
export function phasesChart(report: Pick<Report, 'marks' | 'phases'>): Markup | null {
  const startMs = report.marks.find(mark => mark.what === 'disaster')?.atMs
  if (startMs === undefined || report.phases.length === 0) return null
  const phases = report.phases.map(phase => ({...phase, fromMs: phase.fromMs - startMs, toMs: phase.toMs - startMs}))
  const lastMs = Math.max(
    1_000,
    ...phases.map(phase => phase.toMs),
    ...report.marks.filter(mark => mark.what === 'first-write').map(mark => mark.atMs - startMs),
  )
  const left = nameRight + 8
  const scale: TimeScale = {
    startMs: 0,
    endMs: lastMs,
    x: atMs => round(left + (Math.min(lastMs, Math.max(0, atMs)) / lastMs) * (plotRight - left)),
  }
  const names = [...new Set(phases.map(phase => phase.name))]
  const bottom = 4 + names.length * rowHeight
  const rows = names.map((name, index) => {
    const y = 4 + index * rowHeight
    return [
      element('text', {'x': nameRight, 'y': y + 14.5, 'text-anchor': 'end', 'class': 'quiet'}, name),
      phases.filter(phase => phase.name === name).map(phase => phaseBar(phase, y, scale)),
    ]
  })
  return element(
    'svg',
    {
      'viewBox': `0 0 ${chartWidth} ${bottom + 26}`,
      'role': 'img',
      'aria-label':
        'Phases since the disaster: ' +
        phases.map(phase => `${phase.name} ${formatMs(phase.toMs - phase.fromMs)}`).join(', '),
    },
    timeAxis(scale, 2, bottom),
    rows,
  )
}

function phaseBar({name, fromMs, toMs}: RecoveryPhase, y: number, scale: TimeScale): Markup {
  const x = scale.x(fromMs)
  const end = scale.x(toMs)
  const label = formatMs(toMs - fromMs)
  const toLeft = end + textWidth(label) + 8 > chartWidth
  return element(
    'g',
    {},
    element(
      'title',
      {},
      `${name}, ${(fromMs / 1_000).toFixed(1)} s to ${(toMs / 1_000).toFixed(1)} s after the disaster`,
    ),
    element('rect', {x, y, width: round(Math.max(1.5, end - x)), height: 20, rx: 2, class: 'part-2'}),
    element('text', {'x': toLeft ? x - 6 : end + 6, 'y': y + 14.5, 'text-anchor': toLeft ? 'end' : 'start'}, label),
  )
}
