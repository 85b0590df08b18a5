// Bands over time: steps, who held the lease, each node's role; and the lines that mark faults, heals and other
// moments. Invariant: a band says its state in words where there is room and in its <title> always; roles differ in
// pattern too.
import type {Mark, Report, RoleSpan} from '../model/report.ts'
import type {Role} from '../model/topology.ts'
import {element, nothing, type Markup} from './markup.ts'
import {faultMarks, markText, type LeaseSpan, type Span} from './run-marks.ts'
import {fitPx, placeInRows, plotLeft, plotRight, round, textWidth, type TimeScale} from './svg-scale.ts'

const bandHeight = 20

const roleClasses: Readonly<Record<Role, string>> = {
  'primary': 'band-primary',
  'sync standby': 'band-sync',
  'standby': 'band-standby',
  'unknown': 'band-unknown',
}
const roleWords: Readonly<Record<Role, string>> = {
  'primary': 'primary',
  'sync standby': 'sync standby',
  'standby': 'standby',
  'unknown': 'no answer',
}

interface Band {
  readonly fromMs: number
  readonly toMs: number
  readonly text: string
  readonly className: string
  readonly textClass: string
  /** A hatch would cut through letters. */
  readonly plate: boolean
}

function band(scale: TimeScale, y: number, {fromMs, toMs, text, className, textClass, plate}: Band): Markup {
  const x = scale.x(fromMs)
  const width = round(scale.x(toMs) - x)
  if (width <= 0) return nothing
  const shown = fitPx(text, width - 12)
  const title = `${text}, ${(fromMs / 1_000).toFixed(1)} s to ${(toMs / 1_000).toFixed(1)} s`
  const behind =
    plate && shown !== ''
      ? element('rect', {
          x: x + 3,
          y: y + 3,
          width: round(Math.min(width - 6, textWidth(shown) + 6)),
          height: bandHeight - 6,
          rx: 3,
          class: 'label-plate',
        })
      : nothing
  return element(
    'g',
    {},
    element('title', {}, title),
    element('rect', {x, y, width, height: bandHeight, rx: 2, class: className}),
    behind,
    shown === '' ? nothing : element('text', {x: x + 6, y: y + 14.5, class: textClass}, shown),
  )
}

/** Name at the left of a row. */
function rowName(name: string, y: number): Markup {
  return element(
    'text',
    {'x': plotLeft - 8, 'y': y + 14.5, 'text-anchor': 'end', 'class': 'quiet'},
    fitPx(name, plotLeft - 12),
  )
}

/** The steps of the run, in a row. */
export function stepBand(steps: readonly Span[], y: number, scale: TimeScale): readonly Markup[] {
  return [
    rowName('steps', y),
    ...steps.map(step =>
      band(scale, y, {...step, text: step.label, className: 'phase', textClass: 'quiet', plate: false}),
    ),
  ]
}

export function leaseBand(spans: readonly LeaseSpan[], y: number, scale: TimeScale): readonly Markup[] {
  return [
    rowName('lease', y),
    ...spans.map(span =>
      band(scale, y, {
        ...span,
        text: span.owner ?? 'nobody',
        className: span.owner === null ? 'band-free' : 'band-lease',
        textClass: span.owner === null ? '' : 'on-solid',
        plate: span.owner === null,
      }),
    ),
  ]
}

export function roleBand(node: string, spans: readonly RoleSpan[], y: number, scale: TimeScale): readonly Markup[] {
  return [
    rowName(node, y),
    ...spans.map(span =>
      band(scale, y, {
        ...span,
        text: roleWords[span.role],
        className: roleClasses[span.role],
        textClass: span.role === 'primary' ? 'on-solid' : '',
        plate: span.role === 'sync standby',
      }),
    ),
  ]
}

/** Time without writes, behind everything else. */
export function outageBands(report: Report, top: number, bottom: number, scale: TimeScale): readonly Markup[] {
  return (report.rto?.outages ?? []).map(outage => {
    const x = scale.x(outage.fromMs)
    return element(
      'rect',
      {x, y: top, width: round(scale.x(outage.toMs ?? scale.endMs) - x), height: bottom - top, class: 'outage'},
      element('title', {}, 'outage of writes'),
    )
  })
}

interface Label {
  readonly left: number
  readonly right: number
  readonly x: number
  readonly kind: 'fault' | 'heal'
  readonly text: string
  readonly toLeft: boolean
}

function labelAt(x: number, kind: Label['kind'], text: string): Label {
  const width = textWidth(text) + 14
  const toLeft = x + width > plotRight + 80
  return {x, kind, text, toLeft, left: toLeft ? x - width : x, right: toLeft ? x : x + width}
}

export interface MarkLines {
  readonly rows: number
  /** Drawn at `top` (first row of labels) down to `bottom`. */
  draw(top: number, bottom: number): readonly Markup[]
}

/** `fault` for what breaks (solid, triangle), `heal` for what mends (dashed, diamond). */
interface LineMark {
  readonly kind: 'fault' | 'heal'
  readonly atMs: number
  readonly text: string
}

const kindsOfMarks: Readonly<Record<Mark['what'], LineMark['kind']>> = {
  'backup': 'heal',
  'barrier': 'heal',
  'disaster': 'fault',
  'restore': 'heal',
  'first-write': 'heal',
  'redundant': 'heal',
}

/** Faults, heals and the moments of a recovery, labelled in as many rows as they need. */
export function markLines(report: Pick<Report, 'events' | 'marks'>, scale: TimeScale): MarkLines {
  const marks = report.marks.map((mark): LineMark => ({
    kind: kindsOfMarks[mark.what],
    atMs: mark.atMs,
    text: fitPx(markText(mark), 420),
  }))
  const labels = [...faultLines(report.events), ...marks].map(({kind, atMs, text}) =>
    labelAt(scale.x(atMs), kind, text),
  )
  const placed = placeInRows(labels)
  const rows = Math.max(0, ...placed.map(({row}) => row + 1))
  return {rows, draw: (top, bottom) => placed.flatMap(({item, row}) => drawMark(item, top + row * 18, bottom))}
}

function faultLines(events: Report['events']): readonly LineMark[] {
  return faultMarks(events).flatMap((mark): readonly LineMark[] => {
    const atMs = mark.verifiedMs ?? mark.commandedMs
    const said =
      `${mark.id} on ${mark.targets.join(', ')} at ${(atMs / 1_000).toFixed(1)} ` +
      `s${mark.verifiedMs === null ? ', effect not seen' : ''}`
    const fault: LineMark = {kind: 'fault', atMs, text: fitPx(said, 420)}
    if (mark.healedMs === null) return [fault]
    const healed = fitPx(`healed at ${(mark.healedMs / 1_000).toFixed(1)} s`, 300)
    return [fault, {kind: 'heal', atMs: mark.healedMs, text: healed}]
  })
}

function drawMark({x, kind, text, toLeft}: Label, y: number, bottom: number): readonly Markup[] {
  const shape = kind === 'fault' ? `M${x - 5} ${y + 3}h10l-5 8z` : `M${x} ${y + 2}l5 5l-5 5l-5 -5z`
  return [
    element('line', {x1: x, x2: x, y1: y + 8, y2: bottom, class: `${kind}-line`}),
    element('path', {d: shape, class: `${kind}-shape`}),
    element(
      'text',
      {'x': toLeft ? x - 9 : x + 9, 'y': y + 11, 'text-anchor': toLeft ? 'end' : 'start', 'class': `${kind}-text`},
      text,
    ),
  ]
}
