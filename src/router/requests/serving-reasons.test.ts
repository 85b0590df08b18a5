import {describe, expect, it, test} from 'vitest'
import fc from 'fast-check'
import {chooseReplica} from '../balance/choose-replica.ts'
import {newReplica, type Replica} from '../balance/replica.ts'
import {decideFreshness, type Demand} from '../freshness/decide-freshness.ts'
import {servingReasons, type AskedOfNodes, type SeenNodes} from './serving-reasons.ts'

const limits = {lagBytesMax: 1_000, lagMsMax: 100}
const anything: Demand = {consistency: 'session', token: null, unplacedWrite: false}
const token = {timeline: 3, position: 5_000}
const read: AskedOfNodes = {isRead: true, from: 'prefer-standby', demand: anything, hasSession: false}
const after: AskedOfNodes = {...read, demand: {...anything, token}, hasSession: true}
const fit: Replica = {...newReplica('pg2'), timeline: 3, position: 6_000, lagBytes: 0, lagMs: 0}
const seen: SeenNodes = {hasPrimary: true, replicas: [fit], present: {timeline: 3, floor: 0}, limits, nowMs: 10_000}
const out = {ejections: 1, ejectedUntilMs: 20_000}

const reasons = (asked: Partial<AskedOfNodes>, replicas: readonly Partial<Replica>[] = [{}], base = read): string => {
  const {primary, standbys} = servingReasons(
    {...base, ...asked},
    {...seen, replicas: replicas.map((replica, index) => ({...fit, node: `pg${index + 2}`, ...replica}))},
  )
  return [primary, ...standbys.values()].map(({serves, why}) => `${serves} ${why}`).join(', ')
}

test.each<[string, string, string]>([
  ['a read', reasons({}), 'no standby-first, yes fresh'],
  ['a write', reasons({isRead: false, from: 'primary'}), 'yes not-a-read, no not-a-read'],
  ['a strict read', reasons({demand: {...anything, consistency: 'strict'}}), 'yes strict, no strict'],
  ['a read for the primary', reasons({from: 'primary'}), 'yes primary-wanted, no primary-wanted'],
  ['a read after a token that is shown', reasons({}, [{}], after), 'no standby-first, yes fresh'],
  ['a read after a token', reasons({}, [{position: 4_000}], after), 'maybe standby-first, maybe ask-first'],
  [
    'a read after a token that another standby shows',
    reasons({}, [{position: 4_000}, {}], after),
    'no standby-first, no behind, yes fresh',
  ],
  [
    'a read outside of a session, behind what this router wrote',
    reasons({hasSession: false}, [{position: 4_000}], after),
    'yes no-standby, no behind',
  ],
  [
    'a read after a token of a timeline to come',
    reasons({demand: {...anything, token: {...token, timeline: 4}}}, [{}], after),
    'yes no-standby, no timeline-not-seen',
  ],
  [
    'a read of a standby that was left behind',
    reasons({}, [{timeline: 2}], after),
    'yes no-standby, no other-timeline',
  ],
  [
    'a read after a write without a position',
    reasons({demand: {...anything, unplacedWrite: true}}, [{}], after),
    'yes no-standby, no unplaced-write',
  ],
  ['a read of a standby that failed', reasons({}, [out]), 'yes no-standby, no ejected'],
  [
    'a read that only a standby may serve, when all failed',
    reasons({from: 'standby'}, [out]),
    'no standby-first, yes fresh',
  ],
  ['a read of a standby of unknown lag', reasons({}, [{lagBytes: Infinity}]), 'yes no-standby, no lag-unknown'],
  ['a read of a standby too many bytes behind', reasons({}, [{lagBytes: 1_001}]), 'yes no-standby, no lag-bytes'],
  ['a read of a standby too long behind', reasons({}, [{lagMs: 101}]), 'yes no-standby, no lag-ms'],
  [
    'a read of a standby just close enough',
    reasons({}, [{lagBytes: 1_000, lagMs: 100}]),
    'no standby-first, yes fresh',
  ],
  [
    'a read beside a slow standby',
    reasons({}, [
      {latencyMs: 1, answeredAtMs: 10_000},
      {latencyMs: 90, answeredAtMs: 10_000},
    ]),
    'no standby-first, yes fresh, no slow',
  ],
])('%s', (_what, shown, expected) => expect(shown).toBe(expected))

describe('reasons and the choice', () => {
  const replica = fc.record({
    timeline: fc.constantFrom(null, 2, 3),
    position: fc.constantFrom(null, 4_000, 6_000),
    lagBytes: fc.constantFrom(0, 1_001, Infinity),
    lagMs: fc.constantFrom(0, 101),
    latencyMs: fc.constantFrom(null, 1, 90),
    answeredAtMs: fc.constantFrom(0, 10_000),
    inFlight: fc.nat(2),
    ejections: fc.nat(1),
    ejectedUntilMs: fc.constantFrom(0, 20_000),
    probing: fc.boolean(),
  })

  it('agree: what may be drawn is what serves', () =>
    fc.assert(
      fc.property(
        fc.array(replica, {minLength: 1, maxLength: 4}),
        fc.constantFrom(anything, {...anything, token}),
        fc.boolean(),
        fc.boolean(),
        (made, demand, hasSession, hasPrimary) => {
          const replicas = made.map((each, index): Replica => ({...newReplica(`pg${index}`), ...each}))
          const from = hasPrimary ? 'prefer-standby' : 'standby'
          const {standbys} = servingReasons({isRead: true, from, demand, hasSession}, {...seen, hasPrimary, replicas})
          const serving = [...standbys].filter(([, {serves}]) => serves === 'yes').map(([node]) => node)
          const fresh = (each: Replica): boolean => decideFreshness(demand, seen.present, each) === 'fresh'
          const drawn = new Set<string>()
          for (const one of [0, 0.3, 0.6, 0.99])
            for (const two of [0, 0.3, 0.6, 0.99]) {
              const chosen = chooseReplica(replicas, {limits, fresh}, null, seen.nowMs, one, two)
              if (chosen !== null) drawn.add(chosen.node)
            }
          // The less busy of two: not each that may be drawn is, but whoever is may serve.
          const allOut = replicas.every(
            ({ejections, ejectedUntilMs, probing}) => ejections > 0 && (ejectedUntilMs > 10_000 || probing),
          )
          if (hasPrimary && allOut) expect(serving).toEqual([])
          else {
            for (const node of drawn) expect(serving).toContain(node)
            expect(serving.length > 0).toBe(drawn.size > 0)
          }
        },
      ),
    ))
})
