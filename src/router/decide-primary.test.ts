// The decision as a table, and its invariants over any order of reports.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {decidePrimary, type Topology} from './decide-primary.ts'
import {describeEvidence, noEvidence, noteRejection, noteStatus, noteView, type Evidence} from './evidence.ts'

const ttlMs = 1_000
const nodes = ['pg1', 'pg2', 'pg3']
const addresses = new Map(nodes.map((node, at) => [node, {host: '10.0.0.1', port: 5_001 + at}]))

type Say = readonly [node: string, role: 'primary' | 'standby', timeline: number | null, atMs: number, running?: boolean]

function evidenceOf(says: readonly Say[], leader: readonly [string | null, number] = [null, 0], known = addresses): Evidence {
  const viewed = noteView(noEvidence, {leader: leader[0], addresses: known}, leader[1])
  return says.reduce((evidence, [node, role, timeline, atMs, running = true]) => noteStatus(evidence, {node, role, timeline, running}, atMs), viewed)
}

function summary(topology: Topology): unknown {
  const {primary, standbys, refused} = topology
  return [primary === null ? null : `${primary.node}@${primary.timeline}`, standbys.map(({node}) => node).join(), refused.map(({node, why}) => `${node} ${why}`).join()]
}

describe('decidePrimary', () => {
  it.each<readonly [string, Evidence, readonly [string | null, string, string]]>([
    ['nothing is known', noEvidence, [null, '', '']],
    ['one primary, two standbys', evidenceOf([['pg1', 'primary', 1, 0], ['pg2', 'standby', 1, 0], ['pg3', 'standby', 1, 0]]), ['pg1@1', 'pg2,pg3', '']],
    ['the leader role alone makes no primary', evidenceOf([['pg1', 'standby', 1, 0]], ['pg1', 0]), [null, 'pg1', '']],
    ['another leader does not undo a lone primary', evidenceOf([['pg1', 'primary', 1, 0]], ['pg2', 0]), ['pg1@1', '', '']],
    ['a primary that does not run', evidenceOf([['pg1', 'primary', 1, 0, false]]), [null, '', '']],
    ['a standby that does not run', evidenceOf([['pg1', 'primary', 1, 0], ['pg2', 'standby', 1, 0, false]]), ['pg1@1', '', '']],
    ['a higher timeline wins over the leader role', evidenceOf([['pg1', 'primary', 1, 0], ['pg2', 'primary', 2, 0]], ['pg1', 0]), ['pg2@2', '', 'pg1 timeline-behind']],
    ['a tie goes to the holder of the leader role', evidenceOf([['pg1', 'primary', 2, 0], ['pg2', 'primary', 2, 0]], ['pg2', 0]), ['pg2@2', '', 'pg1 same-timeline-not-leader']],
    ['a tie without a leader is nobody', evidenceOf([['pg1', 'primary', 2, 0], ['pg2', 'primary', 2, 0]]), [null, '', 'pg1 same-timeline-not-leader,pg2 same-timeline-not-leader']],
    ['a tie with a leader told too long ago is nobody', evidenceOf([['pg1', 'primary', 2, 0], ['pg2', 'primary', 2, 0]], ['pg2', -1_500]), [null, '', 'pg1 same-timeline-not-leader,pg2 same-timeline-not-leader']],
    ['a timeline once seen is a floor, also when its owner is silent', evidenceOf([['pg2', 'primary', 2, -5_000], ['pg1', 'primary', 1, 0]]), [null, '', 'pg1 timeline-behind']],
    ['a primary that tells no timeline', evidenceOf([['pg1', 'primary', null, 0]]), [null, '', 'pg1 timeline-unknown']],
    ['a primary without an address', evidenceOf([['pg1', 'primary', 1, 0]], [null, 0], new Map()), [null, '', 'pg1 address-unknown']],
    ['a standby on a high timeline is no floor', evidenceOf([['pg1', 'primary', 1, 0], ['pg2', 'standby', 9, 0]]), ['pg1@1', 'pg2', '']],
    ['a word just within its time', evidenceOf([['pg1', 'primary', 1, -1_000]]), ['pg1@1', '', '']],
    ['a word past its time', evidenceOf([['pg1', 'primary', 1, -1_001]]), [null, '', '']],
    ['a word from before a rejection', noteRejection(evidenceOf([['pg1', 'primary', 1, -10]]), 'pg1', -10), [null, '', '']],
    ['a word from after a rejection', noteRejection(evidenceOf([['pg1', 'primary', 1, -9]]), 'pg1', -10), ['pg1@1', '', '']],
  ])('%s', (_what, evidence, expected) => expect(summary(decidePrimary(evidence, 0, ttlMs))).toEqual(expected))
})

describe('evidence', () => {
  it('is not replaced by an older report, of a node or of the cluster', () => {
    const late = evidenceOf([['pg1', 'primary', 1, 20], ['pg1', 'standby', 1, 10]], ['pg1', 20])
    expect(late.reports.get('pg1')?.role).toBe('primary')
    expect(noteView(late, {leader: 'pg2', addresses: new Map()}, 10).leader?.node).toBe('pg1')
  })

  it('keeps addresses that a newer answer does not mention', () => {
    const partial = noteView(evidenceOf([]), {leader: null, addresses: new Map([['pg1', {host: 'new', port: 1}]])}, 5)
    expect([partial.addresses.get('pg1')?.host, partial.addresses.get('pg2')?.port]).toEqual(['new', 5_002])
  })

  it('is told to people', () => {
    expect(describeEvidence(noEvidence, 0)).toBe('no node has answered yet')
    expect(describeEvidence(evidenceOf([['pg1', 'primary', 3, 0], ['pg2', 'standby', null, 100, false]]), 250)).toBe(
      'pg1 said primary on timeline 3 250 ms ago; pg2 said standby, not running, on timeline unknown 150 ms ago',
    )
  })
})

describe('over any history', () => {
  // The clock moves on by `laterMs`; what is told may be older than that by `ageMs`, so answers overtake each other.
  const times = {laterMs: fc.nat(400), ageMs: fc.nat(300), node: fc.constantFrom(...nodes)}
  const step = fc.oneof(
    {weight: 6, arbitrary: fc.record({...times, kind: fc.constant('status' as const), role: fc.constantFrom('primary' as const, 'primary' as const, 'standby' as const), running: fc.boolean(), timeline: fc.option(fc.integer({min: 1, max: 4}), {freq: 10})})},
    {weight: 2, arbitrary: fc.record({...times, kind: fc.constant('view' as const)})},
    {weight: 1, arbitrary: fc.record({...times, kind: fc.constant('reject' as const)})},
    {weight: 1, arbitrary: fc.record({...times, kind: fc.constant('silence' as const)})},
  )

  it('timelines never go back, and no primary rests on expired, rejected or foreign evidence', () => {
    let chosen = 0
    fc.assert(
      fc.property(fc.array(step, {minLength: 10, maxLength: 40}), steps => {
        let evidence = noteView(noEvidence, {leader: null, addresses}, -1)
        let highest = 0
        let now = 1_000
        for (const next of steps) {
          now += next.laterMs
          const atMs = now - next.ageMs
          if (next.kind === 'status') evidence = noteStatus(evidence, next, atMs)
          else if (next.kind === 'view') evidence = noteView(evidence, {leader: next.node, addresses}, atMs)
          else if (next.kind === 'reject') evidence = noteRejection(evidence, next.node, atMs)
          const {primary} = decidePrimary(evidence, now, ttlMs)
          if (primary === null) continue
          chosen++
          const word = evidence.reports.get(primary.node)
          expect(primary.timeline).toBeGreaterThanOrEqual(highest)
          expect(word).toMatchObject({role: 'primary', running: true, timeline: primary.timeline})
          expect(now - (word?.atMs ?? -Infinity)).toBeLessThanOrEqual(ttlMs)
          expect(word?.atMs).toBeGreaterThan(evidence.rejectedAtMs.get(primary.node) ?? -1)
          highest = primary.timeline
        }
      }),
    )
    expect(chosen).toBeGreaterThan(100)
  })
})
