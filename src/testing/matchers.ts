// Matchers for vitest and jest: `expect.extend(matchers)`. Invariant: what is not known never passes, with `.not`
// neither; a message says where the time went. PURE.
import {formatMs} from '../model/time.ts'
import {explainParts} from '../report/rto-parts.ts'
import {HlError} from '../model/errors.ts'
import {durationMs, type Duration} from './duration.ts'
import type {MeasuredReport} from './measured-report.ts'

/** What a matcher gives back, of vitest and jest alike. */
export interface MatcherResult {
  /** Does it hold? */
  readonly pass: boolean
  /** Said where the test fails. */
  readonly message: () => string
}

/** What a matcher is called on. */
export interface MatcherContext {
  /** After `.not`. */
  readonly isNot?: boolean
}

/** For `expect.extend()`: `toHaveLostNothing()` and `toRecoverWithin('30s')`, of a report that `measure` gave. */
export const matchers = {toHaveLostNothing, toRecoverWithin}

/** Everything that was acknowledged is there, once. */
function toHaveLostNothing(this: MatcherContext, received: unknown): MatcherResult {
  const {writes, requests} = reportOf(received)
  const {acknowledged, lost, duplicated, lostIds, why} = writes
  if (lost === 'unknown' || duplicated === 'unknown')
    return unknown(this, `whether something was lost is not known: ${why ?? 'nobody looked'}${keptIn(received)}`)
  const ids = lostIds.slice(0, 5).join(', ')
  const gone = lost === 0 ? '' : `${lost} of ${acknowledged} acknowledged writes are gone: ${ids}`
  const twice = duplicated === 0 ? '' : `${duplicated} writes are there more than once`
  const wrong = [gone, twice].filter(text => text !== '')
  const all = `all of ${acknowledged} acknowledged writes are there, once; ${requests.failed} requests failed`
  const said = wrong.length === 0 ? all : wrong.join('; ')
  return {pass: wrong.length === 0, message: () => `${said}${keptIn(received)}`}
}

/** The service was back within so long. */
function toRecoverWithin(this: MatcherContext, received: unknown, limit: Duration): MatcherResult {
  const measured = reportOf(received)
  const {ms, why, bounds} = measured.rto
  const limitMs = durationMs(limit, 'toRecoverWithin')
  const went = whereItWent(measured)
  if (ms === null) {
    const isOver = bounds === null ? measured.report.rto?.recovered === false : bounds.leastMs > limitMs
    const message = `the service was to be back within ${formatMs(limitMs)}: ${why ?? 'not known'}${went}`
    return isOver ? {pass: false, message: () => message} : unknown(this, message)
  }
  const than = ms <= limitMs ? 'within' : 'and not within'
  return {
    pass: ms <= limitMs,
    message: () => `the service was back after ${formatMs(ms)}, ${than} ${formatMs(limitMs)}${went}`,
  }
}

/** Neither `expect(x).to` nor `expect(x).not.to` holds. */
function unknown({isNot = false}: MatcherContext, message: string): MatcherResult {
  return {pass: isNot, message: () => `${message} (unknown is no pass)`}
}

function whereItWent({report, requests, folder}: MeasuredReport): string {
  const parts = explainParts(report).map(
    ({name, ms, note}) => `\n  ${name.padEnd(13)} ${formatMs(ms).padStart(8)}  ${note}`,
  )
  const first = requests.firstError === null ? '' : `\n  first failure: ${requests.firstError}`
  return `${parts.length === 0 ? '' : `; where the time went:${parts.join('')}`}${first}${keptIn({folder})}`
}

function keptIn(report: unknown): string {
  const {folder = null} = report as Partial<Pick<MeasuredReport, 'folder'>>
  return folder === null ? '' : `\n  kept: ${folder}`
}

function reportOf(received: unknown): MeasuredReport {
  if (
    typeof received === 'object' &&
    received !== null &&
    'writes' in received &&
    'rto' in received &&
    'report' in received
  )
    return received as MeasuredReport
  throw new HlError('CONFIG_INVALID', 'this matcher is about the report that measure() gave', {
    next: ['expect(await cluster.measure(…)).toHaveLostNothing()'],
  })
}
