// Stored runs that were changed at random: the judge is right, says unknown, or refuses to read. Never a wrong figure
// with a pass, never a fail that nothing explains. HL_MUTATIONS=2000 makes it a run of its own.
import {describe, expect, it} from 'vitest'
import {mutations, type Expected, type Stored} from '../../test/mutate-run.ts'
import {simulate, type Simulated, type Story} from '../../test/simulate-run.ts'
import {seededRandom} from '../experiment/random.ts'
import {parseEvent, parseOp, parseRecord} from '../experiment/store/parse-record.ts'
import type {Report} from '../model/report.ts'
import {judge} from './judge.ts'

const wanted = Number(process.env['HL_MUTATIONS'] ?? 100)
const toleranceMs = 25
const story: Story = {
  seed: 1,
  baselineMs: 5_000,
  outageMs: 6_000,
  aftermathMs: 2_500,
  during: 'refused',
  lostMs: 0,
  overlapMs: 0,
  kind: 'crash',
}
const stories: readonly Story[] = [
  story,
  {...story, seed: 2, during: 'silent'},
  {...story, seed: 3, kind: 'switchover', during: 'waits', outageMs: 1_400},
  {...story, seed: 4, kind: 'quiet', baselineMs: 9_000, outageMs: 0},
  {...story, seed: 5, outageMs: 0},
]
const bases = stories.map(simulate)

function judged({record, events, ops}: Stored): Report | null {
  const stored = JSON.parse(JSON.stringify({record, events, ops})) as {
    record: unknown
    events: unknown[]
    ops: unknown[]
  }
  try {
    return judge(parseRecord(stored.record), stored.events.map(parseEvent), stored.ops.map(parseOp), {})
  } catch (error) {
    if (error instanceof Error && / is (wrong|missing|empty)|not an object/.test(error.message)) return null
    throw error
  }
}

/** What is wrong with the report; null: it is right, unknown, or the run was not read. */
function complaint(report: Report | null, {lost, fails, doubtful}: Expected, {truth}: Simulated): string | null {
  if (report === null || report.verdict === 'unknown') return null
  if (doubtful) return `${report.verdict} of what contradicts itself or is not whole`
  if (report.verdict === 'fail' && !fails) return `fail: ${failed(report)}`
  if (report.verdict === 'pass' && fails) return 'pass of what is broken'
  const rtoMs = truth.outage === null ? 0 : truth.outage.toMs - truth.outage.fromMs
  const {rto} = report
  if (rto !== null && rto.bounds === undefined && Math.abs((rto.ms ?? Infinity) - rtoMs) > toleranceMs)
    return `RTO ${rto.ms}, true ${rtoMs}`
  if (
    rto?.bounds !== undefined &&
    (rto.bounds.leastMs > rtoMs + toleranceMs || (rto.bounds.mostMs ?? Infinity) < rtoMs - toleranceMs)
  )
    return `RTO between ${rto.bounds.leastMs} and ${rto.bounds.mostMs}, true ${rtoMs}`
  return report.rpo !== null && report.rpo.transactions !== lost
    ? `${report.rpo.transactions} lost, true ${lost}`
    : null
}

const failed = (report: Report): string =>
  report.checks
    .filter(({verdict}) => verdict === 'fail')
    .map(({name, detail}) => `${name} (${detail})`)
    .join('; ')

describe('changed runs', () => {
  it.each(bases.map((base, index) => [index, base] as const))(
    'unchanged, run %i passes with the figures that were planted',
    (_index, base) => {
      const report = judged(base.run)
      expect(report?.checks.filter(({verdict}) => verdict !== 'pass')).toEqual([])
      expect(complaint(report, {lost: 0, fails: false, doubtful: false}, base)).toBeNull()
    },
  )

  it(`of ${wanted}, none is judged wrongly`, {timeout: 1_200_000}, () => {
    const wrong: string[] = []
    for (let seed = 0; seed < wanted; seed++) {
      const random = seededRandom(seed)
      const mutation = mutations[seed % mutations.length]
      const base = bases[Math.floor(random.next() * bases.length)]
      if (mutation === undefined || base === undefined) throw new Error('there is something to change')
      const changed = mutation.apply(base.run, random, base)
      const said = changed === null ? null : complaint(judged(changed.stored), changed.expected, base)
      if (said !== null) wrong.push(`seed ${seed}, ${base.run.record.scenario.name}, ${mutation.name}: ${said}`)
    }
    expect(wrong).toEqual([])
  })
})
