// Ok writes per second of all trials over each other, each from its own fault. Invariant: every trial that was recorded
// is there; one that did not pass differs in its dashes, not in colour alone. Not here: one run over time (svg-run.ts).
import type {Report, TrialCurve, TrialSummary} from '../model/report.ts'
import {element, type Markup} from './markup.ts'
import {plural} from '../model/quantity.ts'
import {endlessMs} from './rto-parts.ts'
import {niceMax, valueAxis, yOf} from './svg-rates.ts'
import {chartWidth, plotRight, round, scaleOver, timeAxis, type TimeScale} from './svg-scale.ts'

type Trial = TrialSummary['runs'][number] & {readonly curve: TrialCurve}

const frame = {top: 24, height: 168}
const bottom = frame.top + frame.height
const secondMs = 1_000

/** null where fewer than two trials can be compared. */
export function overlayChart({trials, events}: Report): Markup | null {
  const drawn = (trials?.runs ?? []).filter((run): run is Trial => run.curve !== undefined)
  if (drawn.length < 2) return null
  const scale = scaleOver(
    Math.min(0, ...drawn.map(({curve}) => curve.fromMs)),
    Math.max(...drawn.map(({curve}) => curve.fromMs + curve.writesOk.length * secondMs)),
  )
  const max = niceMax(
    drawn.flatMap(({curve}) => curve.writesOk),
    frame,
  )
  const zero = scale.x(0)
  return element(
    'svg',
    {
      'viewBox': `0 0 ${chartWidth} ${bottom + 26}`,
      'role': 'img',
      'aria-label': `Ok writes per second of ${plural(drawn.length, 'trial')}, each from its own ${zeroWord(events)}`,
    },
    timeAxis(scale, frame.top, bottom),
    valueAxis(frame, max, value => `${round(value)}/s`),
    drawn.map(trial => trialLine(trial, max, scale)),
    element('line', {x1: zero, x2: zero, y1: 16, y2: bottom, class: 'fault-line'}),
    element('text', {x: zero + 6, y: 12, class: 'fault-text'}, zeroWord(events)),
    element('text', {x: plotRight + 8, y: frame.top + 12, class: 'write-text'}, 'writes ok'),
    drawn.some(({verdict}) => verdict !== 'pass')
      ? element('text', {x: plotRight + 8, y: frame.top + 30, class: 'bad-text'}, '╌ not passed')
      : [],
  )
}

/** What the trials are laid over each other by, as src/measure does it. */
function zeroWord(events: Report['events']): string {
  const first = events.find(({kind}) => kind === 'fault.commanded' || kind === 'disaster.commanded')
  if (first === undefined) return 'outage'
  return first.kind === 'fault.commanded' ? 'fault' : 'disaster'
}

function trialLine({trial, verdict, rtoMs, unmeasured, curve}: Trial, max: number, scale: TimeScale): Markup {
  const points = curve.writesOk.map(
    (ok, second) => `${scale.x(curve.fromMs + (second + 0.5) * secondMs)} ${yOf(frame, ok, max)}`,
  )
  const rto = unmeasured === true ? 'not known' : endlessMs(rtoMs)
  return element(
    'path',
    {d: `M${points.join('L')}`, class: verdict === 'pass' ? 'trial-line' : 'trial-line not-passed'},
    element('title', {}, `trial ${trial}: ${verdict}, RTO ${rto}`),
  )
}
