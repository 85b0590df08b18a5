// The run on one time scale: rates, latency, steps, lease and roles under each other; faults, outages and the moments
// of a recovery through all of them. Invariant: rows are laid out from the top by their own height, so nothing overlaps
// whatever the number of nodes or faults.
import type {Report} from '../model/report.ts'
import {timeOfDay} from '../model/time.ts'
import {formatCount, plural} from '../model/quantity.ts'
import {element, type Markup} from './markup.ts'
import {bodyStartedAt, leaseSpans, stepSpans} from './run-marks.ts'
import {leaseBand, markLines, outageBands, roleBand, stepBand} from './svg-bands.ts'
import {latencyChart, ratesChart} from './svg-rates.ts'
import {chartWidth, timeAxis, timeScale} from './svg-scale.ts'

/** Patterns of the whole page; other charts on it use them by id. */
function patterns(): Markup {
  const hatch = (id: string, line: string, fill: Markup | null): Markup =>
    element(
      'pattern',
      {id, width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'},
      fill ?? [],
      element('line', {'x1': 0, 'y1': 0, 'x2': 0, 'y2': 7, 'class': line, 'stroke-width': 1.8}),
    )
  return element(
    'defs',
    {},
    hatch('hatch-bad', 'bad-ink', null),
    hatch('hatch-sync', 'ink-sync', element('rect', {width: 7, height: 7, class: 'fill-soft'})),
  )
}

/** null when nothing was recorded over time. */
export function runChart(report: Report): Markup | null {
  if (report.timeline.length === 0) return null
  const scale = timeScale(report)
  const marks = markLines(report, scale)
  const withReads = report.readsPrimary.attempted + report.readsStandby.attempted > 0
  const nodes = [...new Set(report.roles.map(span => span.node))]
  const steps = stepSpans(report.events, scale.endMs)
  const lease = leaseSpans(report.events, scale.startMs, scale.endMs)
  const stepsTop = 4 + marks.rows * 18 + 4
  const rates = {top: stepsTop + (steps.length === 0 ? 8 : 34), height: 176}
  const latency = {top: rates.top + rates.height + 30, height: 84}
  const leaseTop = latency.top + latency.height + 26
  const rolesTop = leaseTop + (lease.length === 0 ? 0 : 30)
  const bottom = rolesTop + nodes.length * 26 + 2
  const height = bottom + 41
  const clock = (atMs: number): string => timeOfDay(bodyStartedAt(report), atMs, 0) ?? ''
  return element(
    'svg',
    {'viewBox': `0 0 ${chartWidth} ${height}`, 'role': 'img', 'aria-labelledby': 'run-title run-desc'},
    element('title', {id: 'run-title'}, 'The run over time'),
    element(
      'desc',
      {id: 'run-desc'},
      description(report.timeline, [
        ...(marks.rows === 0 ? [] : ['faults and other moments']),
        ...(steps.length === 0 ? [] : ['steps']),
        withReads ? 'writes and reads per second' : 'writes per second',
        'p99 latency of writes',
        ...(lease.length === 0 ? [] : ['owner of the lease']),
        ...(nodes.length === 0 ? [] : ['role of each node']),
      ]),
    ),
    patterns(),
    outageBands(report, rates.top, bottom, scale),
    timeAxis(scale, rates.top, bottom, clock),
    element('text', {x: 8, y: bottom + 31, class: 'quiet'}, clock(scale.startMs) === '' ? '' : 'UTC'),
    steps.length === 0 ? [] : stepBand(steps, stepsTop, scale),
    ratesChart(report.timeline, withReads, rates, scale),
    latencyChart(report.timeline, latency, scale),
    lease.length === 0 ? [] : leaseBand(lease, leaseTop, scale),
    nodes.map((node, index) =>
      roleBand(
        node,
        report.roles.filter(span => span.node === node),
        rolesTop + index * 26,
        scale,
      ),
    ),
    marks.draw(4, bottom),
  )
}

function description(timeline: Report['timeline'], rows: readonly string[]): string {
  const down = timeline.filter(point => point.writesOk === 0).length
  return `${plural(timeline.length, 'second')}, ${formatCount(down)} of them without an ok write. Rows from the top: ${rows.join(', ')}.`
}
