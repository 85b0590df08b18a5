import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {RunEvent} from '../model/run-event.ts'
import type {Role} from '../model/topology.ts'
import type {FaultBehind} from './fault-behind.ts'
import {rtoParts, type PartsInput} from './rto-parts.ts'

const lease = (atMs: number, from: string | null, to: string | null): RunEvent => ({
  kind: 'lease.changed',
  atMs,
  from,
  to,
})
const writable = (atMs: number, node: string): RunEvent => ({kind: 'node.writable', atMs, node, timeline: null})
const unwritable = (atMs: number, node: string, reason = '25006: read-only'): RunEvent => ({
  kind: 'node.unwritable',
  atMs,
  node,
  reason,
})
const role = (atMs: number, node: string, from: Role, to: Role): RunEvent => ({
  kind: 'role.changed',
  atMs,
  node,
  from,
  to,
  timeline: null,
})
const demoted = (atMs: number, node: string): RunEvent => role(atMs, node, 'primary', 'standby')

const outage: PartsInput = {
  fromMs: 1_000,
  toMs: 11_000,
  faultMs: 1_100,
  fault: null,
  servedBefore: 'pg1',
  servedAfter: 'pg2',
  silenced: new Set(),
  events: [],
}
const parts = (changes: Partial<PartsInput>): Readonly<Record<string, number>> =>
  Object.fromEntries(rtoParts({...outage, ...changes}).map(({name, ms}) => [name, ms]))
const took = (beforeFault: number, detect: number, elect: number, promote: number, reroute: number) => ({
  'before-fault': beforeFault,
  detect,
  elect,
  promote,
  reroute,
})
const hang = 'DEADLINE: no reply'
const behind = (changes: Partial<FaultBehind>): FaultBehind => ({
  kind: 'kill-container',
  targets: new Set(['pg1']),
  takesQuorum: false,
  commandedMs: 1_050,
  healedMs: null,
  ...changes,
})
const handover = [lease(8_000, 'pg1', null), lease(8_500, null, 'pg2'), writable(9_500, 'pg2')]

describe('the parts of an outage', () => {
  it.each([
    [
      'a killed container: its silence is no fence',
      {silenced: new Set(['pg1']), events: [unwritable(1_050, 'pg1'), ...handover]},
      took(100, 6_900, 500, 1_000, 1_500),
    ],
    [
      'a paused container: the pinned write hangs',
      {silenced: new Set(['pg1']), events: [unwritable(2_000, 'pg1', 'DEADLINE: no reply'), ...handover]},
      took(100, 6_900, 500, 1_000, 1_500),
    ],
    [
      'PostgreSQL restarted in place: no lease changes hands',
      {silenced: new Set(['pg1']), servedAfter: 'pg1', events: [unwritable(1_050, 'pg1'), writable(10_500, 'pg1')]},
      {'before-fault': 100, 'restart': 9_400, 'reroute': 500},
    ],
    [
      'the same, and nobody saw the primary silent',
      {silenced: new Set(['pg1']), servedAfter: 'pg1', events: [writable(10_500, 'pg1')]},
      {'before-fault': 100, 'reroute': 500, 'unattributed': 9_400},
    ],
    [
      'Patroni killed, PostgreSQL alive: promoted before the client noticed',
      {faultMs: -20_000, events: [lease(-1_000, 'pg1', null), lease(-900, null, 'pg2'), writable(-500, 'pg2')]},
      took(0, 0, 0, 0, 10_000),
    ],
    [
      'a hang is no fence, the lease is',
      {events: [unwritable(3_000, 'pg1', 'DEADLINE: no reply'), ...handover]},
      took(100, 6_900, 500, 1_000, 1_500),
    ],
    [
      'an isolated primary demotes itself: the fence ends detect',
      {events: [demoted(6_000, 'pg1'), ...handover]},
      took(100, 4_900, 2_500, 1_000, 1_500),
    ],
    [
      'a demotion seen through the silence of its restart',
      {
        events: [
          unwritable(2_000, 'pg1', 'DEADLINE: Query read timeout'),
          role(5_500, 'pg1', 'primary', 'unknown'),
          role(6_000, 'pg1', 'unknown', 'standby'),
          ...handover,
        ],
      },
      took(100, 4_900, 2_500, 1_000, 1_500),
    ],
    [
      'a killed node that comes back as a standby has fenced nothing',
      {
        silenced: new Set(['pg1']),
        events: [role(1_500, 'pg1', 'primary', 'unknown'), role(6_000, 'pg1', 'unknown', 'standby'), ...handover],
      },
      took(100, 6_900, 500, 1_000, 1_500),
    ],
    [
      'another node that comes back as a standby has fenced nothing',
      {events: [role(6_000, 'pg3', 'unknown', 'standby'), ...handover]},
      took(100, 6_900, 500, 1_000, 1_500),
    ],
    [
      'a switchover: refused at once, handed over directly',
      {faultMs: 900, events: [unwritable(1_010, 'pg1'), lease(5_000, 'pg1', 'pg2'), writable(6_000, 'pg2')]},
      took(0, 10, 3_990, 1_000, 5_000),
    ],
    [
      'DCS quorum lost: the same owner comes back without a change of the lease',
      {servedAfter: 'pg1', events: [unwritable(4_000, 'pg1'), writable(10_000, 'pg1')]},
      {'before-fault': 100, 'detect': 2_900, 'restart': 6_000, 'reroute': 1_000},
    ],
    [
      'a primary that is frozen and thawed before its lease ran out',
      {
        servedAfter: 'pg1',
        fault: behind({kind: 'pause-container', healedMs: 10_000}),
        events: [unwritable(2_000, 'pg1', hang), writable(10_200, 'pg1')],
      },
      {'before-fault': 100, 'held': 8_900, 'reroute': 1_000},
    ],
    [
      'all members killed, and started by the heal',
      {
        servedAfter: 'pg2',
        silenced: new Set(['pg1', 'pg2']),
        fault: behind({targets: new Set(['pg1', 'pg2']), healedMs: 6_000}),
        events: [unwritable(1_100, 'pg1'), lease(8_000, 'pg1', 'pg2'), writable(9_000, 'pg2')],
      },
      {'before-fault': 100, 'held': 4_900, 'elect': 2_000, 'promote': 1_000, 'reroute': 2_000},
    ],
    [
      'the same, and the old primary is first: it starts and redoes its WAL',
      {
        servedAfter: 'pg1',
        silenced: new Set(['pg1']),
        fault: behind({healedMs: 6_000}),
        events: [unwritable(1_100, 'pg1'), writable(9_000, 'pg1')],
      },
      {'before-fault': 100, 'held': 4_900, 'restart': 3_000, 'reroute': 2_000},
    ],
    [
      'no quorum until the heal: the primary demotes itself, and is promoted again',
      {
        servedAfter: 'pg1',
        fault: behind({targets: new Set(['etcd1', 'etcd2']), takesQuorum: true, healedMs: 9_000}),
        events: [
          role(1_500, 'pg1', 'primary', 'unknown'),
          unwritable(2_000, 'pg1'),
          role(4_000, 'pg1', 'unknown', 'standby'),
          writable(10_000, 'pg1'),
        ],
      },
      {'before-fault': 100, 'detect': 900, 'held': 7_000, 'promote': 1_000, 'reroute': 1_000},
    ],
    [
      'a heal that came when another one served already held nobody up',
      {silenced: new Set(['pg1']), fault: behind({healedMs: 10_900}), events: handover},
      took(100, 6_900, 500, 1_000, 1_500),
    ],
    [
      'a clean stop: the shutdown is its own part',
      {faultMs: 4_000, silenced: new Set(['pg1']), fault: behind({kind: 'stop-container'}), events: handover},
      {'before-fault': 50, 'shutdown': 2_950, 'detect': 4_000, 'elect': 500, 'promote': 1_000, 'reroute': 1_500},
    ],
    [
      'a synchronous standby is gone: the primary only hangs',
      {
        servedAfter: 'pg1',
        fault: behind({targets: new Set(['pg2'])}),
        events: [unwritable(1_500, 'pg1', hang), writable(10_500, 'pg1')],
      },
      {'before-fault': 100, 'sync-wait': 9_400, 'reroute': 500},
    ],
    [
      'a hang whose cause nobody saw stays unattributed',
      {servedAfter: 'pg1', events: [unwritable(1_500, 'pg1', hang), writable(10_500, 'pg1')]},
      {'before-fault': 100, 'reroute': 500, 'unattributed': 9_400},
    ],
    ['no event at all', {faultMs: null}, {unattributed: 10_000}],
    ['a fault and no event', {}, {'before-fault': 100, 'unattributed': 9_900}],
    [
      'seen a little late: clamped to the first ok write',
      {events: [lease(8_000, 'pg1', null), lease(8_500, null, 'pg2'), writable(11_080, 'pg2')]},
      took(100, 6_900, 500, 2_500, 0),
    ],
    [
      'the lease seen after the writes that it allowed',
      {events: [lease(8_000, 'pg1', null), writable(9_000, 'pg2'), lease(9_400, null, 'pg2')]},
      took(100, 6_900, 1_000, 0, 2_000),
    ],
    [
      'two grants: the one to the later primary counts',
      {
        servedAfter: 'pg3',
        events: [
          lease(4_000, 'pg1', null),
          lease(4_100, null, 'pg2'),
          lease(6_000, 'pg2', 'pg3'),
          writable(7_000, 'pg3'),
        ],
      },
      took(100, 2_900, 2_000, 1_000, 4_000),
    ],
  ] satisfies readonly (readonly [string, Partial<PartsInput>, Readonly<Record<string, number>>])[])(
    '%s',
    (_what, changes, expected) => expect(parts(changes)).toEqual(expected),
  )

  it('falls back on the role where no pinned writer ran', () => {
    const promoted: RunEvent = {
      kind: 'role.changed',
      atMs: 9_000,
      node: 'pg2',
      from: 'standby',
      to: 'primary',
      timeline: 2,
    }
    expect(parts({events: [lease(8_000, 'pg1', 'pg2'), promoted]})).toEqual(took(100, 6_900, 0, 1_000, 2_000))
  })

  it('does not take events of another outage', () =>
    expect(parts({events: [writable(500, 'pg2'), lease(20_000, 'pg1', 'pg2')]})).toEqual({
      'before-fault': 100,
      'unattributed': 9_900,
    }))
})

it('add up to the outage exactly, whole and never negative, whatever was seen', () => {
  const time = fc.double({min: 0, max: 20_000, noNaN: true})
  const node = fc.constantFrom('pg1', 'pg2', 'pg3')
  const event = fc.oneof(
    fc.tuple(time, fc.option(node), fc.option(node)).map(([atMs, from, to]) => lease(atMs, from, to)),
    fc.tuple(time, node).map(([atMs, who]) => writable(atMs, who)),
    fc.tuple(time, node).map(([atMs, who]) => unwritable(atMs, who)),
    fc.tuple(time, node).map(([atMs, who]) => demoted(atMs, who)),
  )
  fc.assert(
    fc.property(
      time,
      time,
      fc.option(time),
      fc.option(node),
      fc.option(node),
      fc.option(
        fc.record({
          kind: fc.constantFrom('pause-container', 'kill-container', 'stop-container', 'kill-postgres'),
          targets: fc.array(node).map(nodes => new Set(nodes)),
          takesQuorum: fc.boolean(),
          commandedMs: time,
          healedMs: fc.option(time),
        }),
      ),
      fc.array(event, {maxLength: 12}),
      (a, b, faultMs, servedBefore, servedAfter, fault, events) => {
        const [fromMs, toMs] = [Math.min(a, b), Math.max(a, b)]
        const found = rtoParts({
          fromMs,
          toMs,
          faultMs,
          fault,
          servedBefore,
          servedAfter,
          silenced: new Set(['pg3']),
          events: events.toSorted((x, y) => x.atMs - y.atMs),
        })
        expect(found.reduce((sum, part) => sum + part.ms, 0)).toBe(Math.round(toMs) - Math.round(fromMs))
        expect(found.every(part => Number.isInteger(part.ms) && part.ms >= 0)).toBe(true)
        expect(new Set(found.map(part => part.name)).size).toBe(found.length)
      },
    ),
    {numRuns: 500},
  )
})
