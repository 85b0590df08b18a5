// A drill over time: the load's writes with the moments of the drill through them, and the phases of the recovery as
// bars under each other.
// Invariant: rows are laid out from the top by their own height; a bar says its phase and its length in words. Not
// here: tables (drill-to-html.ts).
import type {DrillMark, DrillReport} from '../../model/drill.ts'
import {formatMs} from '../../model/time.ts'
import {element, nothing, type Markup} from '../markup.ts'
import {phaseSpans} from '../run-marks.ts'
import {momentLines, phaseBand} from '../svg-bands.ts'
import {ratesChart} from '../svg-rates.ts'
import {patterns} from '../svg-run.ts'
import {chartWidth, fitPx, plotRight, round, textWidth, timeAxis, timeScale, type TimeScale} from '../svg-scale.ts'
import {markText} from './told-of-drill.ts'

const markKinds: Readonly<Record<DrillMark['what'], 'fault' | 'heal'>> = {
  'backup': 'heal',
  'disaster': 'fault',
  'restore': 'heal',
  'first-write': 'heal',
  'redundant': 'heal',
}

/** Writes per second with backup, disaster, restore and first write; null when nothing was recorded over time. */
export function drillChart(report: DrillReport): Markup | null {
  if (report.timeline.length === 0) return null
  const scale = timeScale({timeline: report.timeline, roles: []})
  const marks = momentLines(
    report.marks.map(mark => ({kind: markKinds[mark.what], atMs: mark.atMs, text: fitPx(markText(mark), 420)})),
    scale,
  )
  const steps = phaseSpans(report.events, scale.endMs)
  const stepsTop = 4 + marks.rows * 18 + 4
  const rates = {top: stepsTop + (steps.length === 0 ? 8 : 34), height: 176}
  const bottom = rates.top + rates.height
  return element(
    'svg',
    {'viewBox': `0 0 ${chartWidth} ${bottom + 26}`, 'role': 'img', 'aria-labelledby': 'run-title run-desc'},
    element('title', {id: 'run-title'}, 'The drill over time'),
    element(
      'desc',
      {id: 'run-desc'},
      `${report.timeline.length} seconds. Rows from the top: moments, steps, writes and reads per second.`,
    ),
    patterns(),
    timeAxis(scale, rates.top, bottom),
    steps.length === 0 ? [] : phaseBand(steps, stepsTop, scale),
    ratesChart(report.timeline, rates, scale),
    marks.draw(4, bottom),
  )
}

const nameRight = 96
const rowHeight = 26

/** From the disaster to the first write: a row per phase, as long as it took; null without a disaster or phases. */
export function phasesChart(report: DrillReport): Markup | null {
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
      'aria-label': `Phases since the disaster: ${phases.map(phase => `${phase.name} ${formatMs(phase.toMs - phase.fromMs)}`).join(', ')}`,
    },
    timeAxis(scale, 2, bottom),
    rows,
  )
}

function phaseBar({name, fromMs, toMs}: DrillReport['phases'][number], y: number, scale: TimeScale): Markup {
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
    element('rect', {x, y, width: round(Math.max(1.5, end - x)), height: 20, rx: 2, class: 'part-1'}),
    label === ''
      ? nothing
      : element('text', {'x': toLeft ? x - 6 : end + 6, 'y': y + 14.5, 'text-anchor': toLeft ? 'end' : 'start'}, label),
  )
}
