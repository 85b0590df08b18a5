// The run over time in characters: writes per second, the moments, and the role of each node, all on one scale.
// Invariant: one column means the same time in every row. Not here: the SVG of the same (svg-*.ts).
import type {Report, RoleSpan} from '../model/report.ts'
import type {Role} from '../model/topology.ts'
import {fit, padEnd, padStart, printable} from './printable.ts'
import {faultMarks, markText} from './run-marks.ts'
import {condense, sparkline} from './sparkline.ts'
import type {Theme} from './theme.ts'

/** Told apart by shape, so that a page without colour says the same. */
const roleMarks: Readonly<Record<Role, string>> = {'primary': '█', 'sync standby': '▒', 'standby': '─', 'unknown': '·'}

interface Scale {
  readonly startMs: number
  readonly columnMs: number
  readonly columns: number
}

/** A moment under the rates; `text` says it whole. */
interface LaneMark {
  readonly atMs: number
  readonly text: string
}

/** All rows; none when nothing was recorded. */
export function laneLines(
  report: Pick<Report, 'timeline' | 'roles' | 'events' | 'marks'>,
  theme: Theme,
  columns: number,
): readonly string[] {
  const first = report.timeline[0]
  const second = report.timeline[1]
  if (first === undefined) return []
  const nodes = [...new Set(report.roles.map(span => span.node))]
  const nameWidth = Math.min(16, Math.max(5, ...nodes.map(node => node.length)))
  const label = (name: string, node: string): string =>
    `  ${padEnd(name, 10)}${padStart(fit(printable(node), nameWidth), nameWidth)} `
  const room = Math.max(20, columns - 12 - nameWidth - 2)
  const {values, perColumn} = condense(
    report.timeline.map(point => point.writesOk),
    room,
  )
  const stepMs = second === undefined ? 1_000 : second.atMs - first.atMs
  const scale: Scale = {startMs: first.atMs, columnMs: stepMs * perColumn, columns: values.length}
  const max = Math.max(1, ...values)
  const lanes = nodes.map(
    (node, index) =>
      label(index === 0 ? 'roles' : '', node) +
      roleLane(
        report.roles.filter(span => span.node === node),
        scale,
      ),
  )
  const roleLegend = Object.entries(roleMarks)
    .map(([role, mark]) => `${mark} ${role === 'unknown' ? 'no answer' : role}`)
    .join('  ')
  return [
    `${label('writes/s', max.toFixed(0))}${theme.ok(sparkline(values, max))}`,
    ...markLines(laneMarks(report), scale).map(text => theme.warn(fit(label('', '') + text, columns))),
    ...lanes,
    ...legendLines(
      nodes.length === 0 ? '' : roleLegend,
      `one column = ${scale.columnMs / 1_000} s`,
      columns - 13 - nameWidth,
    ).map(text => theme.dim(label('', '') + text)),
  ]
}

function legendLines(legend: string, unit: string, room: number): readonly string[] {
  if (legend === '') return [unit]
  return legend.length + unit.length + 2 <= room ? [`${legend}  ${unit}`] : [legend, unit]
}

function roleLane(spans: readonly RoleSpan[], scale: Scale): string {
  let lane = ''
  for (let column = 0; column < scale.columns; column += 1) {
    const middleMs = scale.startMs + (column + 0.5) * scale.columnMs
    const span = spans.find(candidate => candidate.fromMs <= middleMs && middleMs < candidate.toMs)
    lane += span === undefined ? ' ' : roleMarks[span.role]
  }
  return lane.trimEnd()
}

function markLines(marks: readonly LaneMark[], scale: Scale): readonly string[] {
  return marks.map(({atMs, text}) => {
    const column = Math.min(scale.columns - 1, Math.max(0, Math.floor((atMs - scale.startMs) / scale.columnMs)))
    return `${' '.repeat(column)}▲ ${printable(text)}`
  })
}

/** The faults of a run, with when they came and were healed, and the moments of a recovery. */
function laneMarks({events, marks}: Pick<Report, 'events' | 'marks'>): readonly LaneMark[] {
  const faults = faultMarks(events).map(mark => {
    const atMs = mark.verifiedMs ?? mark.commandedMs
    const healed = mark.healedMs === null ? '' : `, healed at +${(mark.healedMs / 1_000).toFixed(1)}s`
    return {atMs, text: `${mark.id} ${mark.targets.join(', ')} at +${(atMs / 1_000).toFixed(1)}s${healed}`}
  })
  return [...faults, ...marks.map(mark => ({atMs: mark.atMs, text: markText(mark)}))].toSorted(
    (a, b) => a.atMs - b.atMs,
  )
}
