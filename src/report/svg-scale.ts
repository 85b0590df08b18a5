// Geometry of the charts: time to x, values to y, round ticks, labels that do not run into each other. Invariant: all
// charts of a page share one time scale.
import type {Report} from '../model/report.ts'
import {element, type Markup} from './markup.ts'
import {fit, printable} from './printable.ts'

export const chartWidth = 1_086
export const plotLeft = 74
export const plotRight = 984
/** Of 12 px system text; wide enough for every common font. */
const charPx = 6.6

export interface TimeScale {
  readonly startMs: number
  readonly endMs: number
  x(atMs: number): number
}

/** From the first to the last moment that the report shows: redundancy may come when the load is over. */
export function timeScale(report: Pick<Report, 'timeline' | 'roles' | 'marks'>): TimeScale {
  const first = report.timeline[0]?.atMs ?? 0
  const last = report.timeline.at(-1)?.atMs ?? 0
  const startMs = Math.min(first, ...report.roles.map(span => span.fromMs))
  return scaleOver(startMs, Math.max(last + 1_000, startMs + 1_000, ...report.marks.map(mark => mark.atMs)))
}

export function scaleOver(startMs: number, endMs: number): TimeScale {
  return {
    startMs,
    endMs,
    x: atMs =>
      round(
        plotLeft + ((Math.min(endMs, Math.max(startMs, atMs)) - startMs) / (endMs - startMs)) * (plotRight - plotLeft),
      ),
  }
}

/** Two decimals: shorter files, and no difference that a reader can see. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

/** The nearest of 1, 2, 5 times a power of ten that gives at most `count` steps. */
export function tickStep(span: number, count: number): number {
  const rough = Math.max(span, 1e-9) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10) * power
}

/** Vertical lines and seconds below them; `clock`: what else to say of the moment, below the seconds. */
export function timeAxis(
  scale: TimeScale,
  top: number,
  bottom: number,
  clock: ((atMs: number) => string) | null = null,
): readonly Markup[] {
  const stepMs = Math.max(1_000, tickStep(scale.endMs - scale.startMs, 12))
  const marks: Markup[] = []
  for (let atMs = Math.ceil(scale.startMs / stepMs) * stepMs; atMs <= scale.endMs; atMs += stepMs) {
    const x = scale.x(atMs)
    marks.push(
      element('line', {x1: x, x2: x, y1: top, y2: bottom, class: 'grid'}),
      element('text', {x, 'y': bottom + 16, 'text-anchor': 'middle', 'class': 'quiet'}, `${atMs / 1_000} s`),
    )
    if (clock !== null)
      marks.push(element('text', {x, 'y': bottom + 31, 'text-anchor': 'middle', 'class': 'quiet'}, clock(atMs)))
  }
  return marks
}

export function textWidth(text: string): number {
  return text.length * charPx
}

/** The text as far as it fits into `px`; empty when not even a few letters would. */
export function fitPx(text: string, px: number): string {
  const chars = Math.floor(px / charPx)
  return chars < 3 ? '' : fit(printable(text), chars)
}

export interface Placed<Item> {
  readonly item: Item
  readonly row: number
}

/** Puts each extent into the first row where it touches none before it. */
export function placeInRows<Item extends {readonly left: number; readonly right: number}>(
  items: readonly Item[],
): readonly Placed<Item>[] {
  const placed: Placed<Item>[] = []
  for (const item of items) {
    let row = 0
    while (placed.some(other => other.row === row && other.item.left < item.right && item.left < other.item.right))
      row += 1
    placed.push({item, row})
  }
  return placed
}
