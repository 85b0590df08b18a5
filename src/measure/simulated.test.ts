// A simulated cluster whose outages, losses and overlaps are known: what the judge finds is what was planted, or the
// judge says that it does not know. HL_SIMULATIONS=500 makes it a run of its own.
import {describe, expect, it} from 'vitest'
import {simulate, type Story} from '../../test/simulate-run.ts'
import {seededRandom} from '../experiment/random.ts'
import {judge} from './judge.ts'

const wanted = Number(process.env['HL_SIMULATIONS'] ?? 30)
/** A write and its neighbour, and rounding. */
const resolutionMs = 25
/** What the judge lets pass at the edges of an outage in which the load was late (rto-bounds.ts). */
const unseen = (ms: number): number => Math.max(500, 0.05 * ms) + resolutionMs

function storyOf(seed: number): Story {
  const random = seededRandom(seed)
  const between = (least: number, most: number): number => Math.round(least + random.next() * (most - least))
  const kind = (['crash', 'crash', 'crash', 'switchover', 'quiet'] as const)[between(0, 4)] ?? 'crash'
  const outageMs = kind === 'quiet' || random.next() < 0.1 ? 0 : between(300, 9_000)
  const baselineMs = between(3_500, 7_000)
  const hitMs = 2_000 + baselineMs
  const frozenFromMs = between(3_000, hitMs + outageMs + 1_500)
  const isFrozen = random.next() < 0.4
  return {
    seed,
    kind,
    baselineMs,
    outageMs,
    aftermathMs: between(1_500, 3_000),
    during: (['refused', 'silent', 'waits'] as const)[between(0, 2)] ?? 'refused',
    lostMs: outageMs > 0 && random.next() < 0.4 ? between(30, 400) : 0,
    // A load that stands still sees no overlap.
    overlapMs: outageMs > 0 && kind === 'crash' && !isFrozen && random.next() < 0.3 ? between(200, 900) : 0,
    ...(isFrozen ? {frozen: {fromMs: frozenFromMs, toMs: frozenFromMs + between(100, 6_000)}} : {}),
  }
}

/** What is wrong with the report of a story; null: nothing. */
function complaint(story: Story): string | null {
  const {run, truth, moments} = simulate(story)
  const report = judge(run.record, run.events, run.ops, {})
  const {rto, rpo, splitBrain} = report
  const lost = truth.lostIds.length + (truth.overlapMs > 0 ? 0 : truth.lostPinned)
  if (rpo !== null && rpo.transactions !== lost) return `${rpo.transactions} lost, true ${lost}`
  if (truth.overlapMs > 0 && splitBrain.pairs.length === 0) return 'the overlap was not found'
  if (truth.overlapMs === 0 && splitBrain.pairs.length > 0) return 'an overlap that was none'
  if (Math.abs(splitBrain.acknowledgedMs - truth.overlapMs) > 200)
    return `overlap ${splitBrain.acknowledgedMs}, true ${truth.overlapMs}`
  const broken = lost > 0 || truth.overlapMs > 0
  if (report.verdict !== 'unknown' && (report.verdict === 'fail') !== broken)
    return `${report.verdict}: ${report.checks
      .filter(({verdict}) => verdict !== 'pass')
      .map(({name, detail}) => `${name} ${detail}`)
      .join('; ')}`
  if (story.frozen === undefined && report.verdict === 'unknown')
    return `unknown: ${report.checks
      .filter(({verdict}) => verdict === 'unknown')
      .map(({name, detail}) => `${name} ${detail}`)
      .join('; ')}`
  if (rto === null) return truth.outage === null || report.verdict === 'unknown' ? null : 'no RTO'
  if (rto.bounds === undefined && rto.parts.reduce((sum, {ms}) => sum + ms, 0) !== rto.ms)
    return 'the parts are not the whole'
  if (report.verdict === 'unknown' && rto.bounds === undefined) return null
  const trueMs =
    truth.outage === null
      ? 0
      : story.frozen === undefined
        ? truth.outage.toMs - truth.outage.fromMs
        : moments.backMs - moments.hitMs
  const off = story.frozen === undefined ? resolutionMs : unseen(trueMs)
  const [least, most] =
    rto.bounds === undefined
      ? [rto.ms ?? Infinity, rto.ms ?? Infinity]
      : [rto.bounds.leastMs, rto.bounds.mostMs ?? Infinity]
  return trueMs < least - off || trueMs > most + off ? `RTO ${least} .. ${most}, true ${trueMs}` : null
}

describe('a simulated cluster', () => {
  it(`of ${wanted} random stories, each is found as it was planted or is unknown`, {timeout: 1_200_000}, () => {
    const wrong = Array.from({length: wanted}, (_none, seed) => storyOf(seed)).flatMap(story => {
      const said = complaint(story)
      return said === null ? [] : [`${JSON.stringify(story)}: ${said}`]
    })
    expect(wrong).toEqual([])
  })
})
