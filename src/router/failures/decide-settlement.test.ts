// When the answer of a proof may be believed: the table, and over random histories that no timeline ever holds the
// write twice.
import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {decideSettlement, type Seen, type ServerLife} from './decide-settlement.ts'

const lost: ServerLife = {node: 'pg1', timeline: 3, startedAt: '100'}

describe('the row is', () => {
  it.each<readonly [string, ServerLife | null, string, string, string]>([
    ['on a higher timeline', {node: 'pg2', timeline: 4, startedAt: '90'}, 'ask', 'applied', 'send-again'],
    ['several timelines later', {node: 'pg2', timeline: 9, startedAt: '90'}, 'ask', 'applied', 'send-again'],
    [
      'on the same node, promoted again without a restart that we know of',
      {...lost, timeline: 4},
      'ask',
      'applied',
      'send-again',
    ],
    ['on the same server, restarted', {...lost, startedAt: '200'}, 'ask', 'applied', 'send-again'],
    [
      'on the same server, whose clock went back before the restart',
      {...lost, startedAt: '50'},
      'ask',
      'applied',
      'send-again',
    ],
    ['in the same life', lost, 'wait', 'wait', 'wait'],
    ['on another node of the same timeline', {...lost, node: 'pg2', startedAt: '200'}, 'wait', 'wait', 'wait'],
    ['on a lower timeline', {node: 'pg2', timeline: 2, startedAt: '200'}, 'wait', 'wait', 'wait'],
    [
      'on a lower timeline of the same node, restarted',
      {...lost, timeline: 2, startedAt: '200'},
      'wait',
      'wait',
      'wait',
    ],
    ['in recovery', null, 'wait', 'wait', 'wait'],
  ])('looked for %s', (_where, here, notAsked, found, absent) => {
    const seen: readonly Seen[] = ['not-asked', 'found', 'absent']
    expect(seen.map(each => decideSettlement(lost, here, each))).toEqual([notAsked, found, absent])
  })
})

// ---- a cluster as far as one write sees it: timelines that fork, servers that restart, zombies that commit late
// ------------------------------------------

type Step =
  | {readonly kind: 'try'; readonly fate: 'committed' | 'hanging' | 'gone' | 'refused'}
  | {readonly kind: 'commit-late'; readonly which: number}
  | {readonly kind: 'failover'; readonly node: number; readonly from: number; readonly share: number}
  | {readonly kind: 'restart'; readonly share: number}

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('try' as const),
      fate: fc.constantFrom('committed' as const, 'hanging' as const, 'gone' as const, 'refused' as const),
    }),
    fc.record({kind: fc.constant('commit-late' as const), which: fc.nat(5)}),
    fc.record({
      kind: fc.constant('failover' as const),
      node: fc.nat(2),
      from: fc.nat(9),
      share: fc.double({min: 0, max: 1, noNaN: true}),
    }),
    fc.record({kind: fc.constant('restart' as const), share: fc.double({min: 0, max: 1, noNaN: true})}),
  ),
  {maxLength: 25},
)

/**
 * Plays a history as the router would, none of whose tries is ever answered; the most often that any timeline ever
 * holds the write.
 */
function mostOnOneTimeline(history: readonly Step[], decide: typeof decideSettlement): number {
  // By number: the tries that are committed there, in order, inherited ones first.
  const timelines = new Map<number, readonly number[]>([[1, []]])
  let here: ServerLife = {node: 'pg0', timeline: 1, startedAt: '0'}
  let hanging: readonly {readonly tried: number; readonly life: ServerLife}[] = []
  let doubt: ServerLife | null = null
  let [tries, starts, most] = [0, 0, 0]
  const on = (timeline: number): readonly number[] => timelines.get(timeline) ?? []
  const commit = (tried: number, {timeline}: ServerLife): void => {
    timelines.set(timeline, [...on(timeline), tried])
    most = Math.max(most, on(timeline).length)
  }
  const prefix = (tries: readonly number[], share: number): readonly number[] =>
    tries.slice(0, Math.round(share * tries.length))
  for (const step of history) {
    if (step.kind === 'try') {
      const verdict =
        doubt === null ? 'send-again' : decide(doubt, here, on(here.timeline).length > 0 ? 'found' : 'absent')
      if (verdict === 'applied') return most
      if (verdict !== 'send-again' || step.fate === 'refused') continue
      doubt = here
      tries++
      if (step.fate === 'committed') commit(tries, here)
      if (step.fate === 'hanging') hanging = [...hanging, {tried: tries, life: here}]
    } else if (step.kind === 'commit-late') {
      const late = hanging[step.which]
      hanging = hanging.filter(each => each !== late)
      if (late !== undefined) commit(late.tried, late.life)
    } else if (step.kind === 'failover') {
      // Any timeline may be continued, from anywhere: replication is asynchronous. What the parent writes later does
      // not come along.
      const timeline = timelines.size + 1
      timelines.set(timeline, prefix(on(1 + (step.from % timelines.size)), step.share))
      here = {node: `pg${step.node}`, timeline, startedAt: String(++starts)}
    } else {
      // Crash recovery may lose what was not flushed; no backend survives.
      hanging = hanging.filter(({life}) => life.timeline !== here.timeline)
      timelines.set(here.timeline, prefix(on(here.timeline), step.share))
      here = {...here, startedAt: String(++starts)}
    }
  }
  return most
}

test('no timeline ever holds a write twice, whatever fails over, restarts, is lost or commits late', () => {
  fc.assert(
    fc.property(steps, history => mostOnOneTimeline(history, decideSettlement) <= 1),
    {numRuns: 2_000},
  )
})

test('that is no property of the model: who believes an absence too early applies a write twice', () => {
  // A history said outright: whether random ones contain such a race is luck, and a control that must fail by luck
  // fails to be one.
  const history: readonly Step[] = [
    {kind: 'try', fate: 'hanging'},
    {kind: 'try', fate: 'committed'},
    {kind: 'commit-late', which: 0},
  ]
  const hasty: typeof decideSettlement = (_lost, _here, seen) => (seen === 'found' ? 'applied' : 'send-again')
  expect(mostOnOneTimeline(history, hasty)).toBe(2)
  expect(mostOnOneTimeline(history, decideSettlement)).toBe(1)
})
