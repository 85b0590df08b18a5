// Figures of random histories against an oracle that counts by itself.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {Op, Outcome} from '../model/history.ts'
import type {EffectiveConfig} from '../model/report.ts'
import {defaultSettings} from '../model/topology.ts'
import {contradiction, judgedRun, judgeRun, type Verified} from './judge-requests.ts'
import {MeasuredReport} from './measured-report.ts'
import {requestLoadSpec} from './request-load.ts'

const config: EffectiveConfig = {
  settings: defaultSettings,
  load: requestLoadSpec(20, 30_000),
  versions: {},
  patroni: {},
  dataChecksums: true,
  fsync: true,
}
const idOf = (number: number): string => `r-${number}`

interface Drawn {
  readonly outcome: Outcome
  /** How often it is there. */
  readonly times: number
  readonly tookMs: number
}

const history = fc.array(
  fc.record({
    outcome: fc.constantFrom<Outcome>('ok', 'ok', 'ok', 'failed', 'unknown'),
    times: fc.constantFrom(0, 1, 1, 1, 2),
    tookMs: fc.integer({min: 0, max: 5_000}),
  }),
  {minLength: 1, maxLength: 80},
)

function measured(drawn: readonly Drawn[], kind: Verified['kind']): MeasuredReport {
  const ops = drawn.map(({outcome, tookMs}, index): Op => ({
    kind: 'append',
    id: index + 1,
    dueMs: index * 50,
    invokedMs: index * 50,
    completedMs: index * 50 + tookMs,
    outcome,
    node: null,
    timeline: null,
    error: outcome === 'ok' ? null : {code: null, message: 'no'},
    session: 0,
    version: index + 1,
  }))
  const ids = drawn.flatMap(({times}, index) => Array.from({length: times}, () => idOf(index + 1)))
  const verified: Verified = kind === 'found' ? {kind, ids} : kind === 'failed' ? {kind, why: 'no such table'} : {kind}
  const run = judgedRun({
    name: 'n',
    run: 'r',
    shards: null,
    startedAt: '2026-01-01T00:00:00.000Z',
    steps: [],
    objectives: {},
    config,
    host: {cpus: 2, memoryMb: 1, os: 'o', docker: 'd'},
    events: [],
    ops,
    idOf,
    verified,
  })
  return new MeasuredReport({report: judgeRun(run), ops, verified, idOf, secrets: [], folder: null})
}

describe('figures of any history', () => {
  it('count every request once, and what was promised against what is there', () => {
    fc.assert(
      fc.property(history, drawn => {
        const {requests, writes} = measured(drawn, 'found')
        const promised = drawn.filter(({outcome}) => outcome === 'ok')
        expect(requests.total).toBe(drawn.length)
        expect(requests.ok + requests.failed).toBe(drawn.length)
        expect(requests.unknown).toBe(drawn.filter(({outcome}) => outcome === 'unknown').length)
        expect(writes.acknowledged).toBe(promised.length)
        if (promised.length === 0) expect(writes.lost).toBe('unknown')
        else {
          expect(writes.lost).toBe(promised.filter(({times}) => times === 0).length)
          expect(writes.duplicated).toBe(drawn.filter(({times}) => times > 1).length)
        }
      }),
      {numRuns: 60},
    )
  })

  it('are never a number where nobody looked', () => {
    fc.assert(
      fc.property(history, fc.constantFrom<Verified['kind']>('not-asked', 'failed'), (drawn, kind) => {
        const {writes, checks, verdict} = measured(drawn, kind)
        expect([writes.lost, writes.duplicated]).toEqual(['unknown', 'unknown'])
        expect(writes.why).not.toBeNull()
        const claim = checks.find(({name}) => name === 'lost-writes')
        expect(claim?.verdict).toBe(kind === 'failed' ? 'unknown' : undefined)
        if (kind === 'failed') expect(verdict).not.toBe('pass')
      }),
      {numRuns: 60},
    )
  })

  it('of no request are unknown', () => {
    const {requests, writes, rto} = measured([], 'found')
    expect([requests.total, writes.lost, rto.ms, rto.why]).toEqual([0, 'unknown', null, 'no request was sent'])
  })
})

describe('what verify told', () => {
  it.each([
    [[], ['r-1'], null],
    [['r-1'], ['r-1'], null],
    [['other', 'r-1'], ['r-1'], null],
    [['other'], [], null],
    [['1'], ['r-1'], expect.stringContaining('are these the same ids?')],
  ])('%j of %j', (found, asked, why) => expect(contradiction(found, asked)).toEqual(why))
})
