// When a standby is fresh enough: the table, and over random histories of timelines that an admitted read sees the
// write; rules that look at less are caught.
import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {decideFreshness, type Demand, type Freshness, type PresentTimeline, type Replayed} from './decide-freshness.ts'
import {causalityOf, type TimelineHistory} from './timeline-history.ts'
import type {Token} from './token.ts'

const session: Demand = {consistency: 'session', token: {timeline: 3, position: 300}, unplacedWrite: false}
const older: Demand = {...session, token: {timeline: 2, position: 900}}
const present: PresentTimeline = {timeline: 3, floor: 250}

describe('a standby is', () => {
  it.each<readonly [string, Demand, PresentTimeline | null, Replayed, Freshness]>([
    [
      'eventual, nothing is known',
      {...session, consistency: 'eventual'},
      null,
      {timeline: null, position: null},
      'fresh',
    ],
    [
      'eventual, unplaced write',
      {...session, consistency: 'eventual', unplacedWrite: true},
      present,
      {timeline: 3, position: 0},
      'fresh',
    ],
    ['strict, caught up', {...session, consistency: 'strict'}, present, {timeline: 3, position: 999}, 'strict'],
    [
      'strict, no token',
      {consistency: 'strict', token: null, unplacedWrite: false},
      present,
      {timeline: 3, position: 999},
      'strict',
    ],
    ['nothing to see', {...session, token: null}, null, {timeline: null, position: null}, 'fresh'],
    [
      'unplaced write without a token',
      {...session, token: null, unplacedWrite: true},
      present,
      {timeline: 3, position: 999},
      'unplaced-write',
    ],
    [
      'unplaced write after a token',
      {...session, unplacedWrite: true},
      present,
      {timeline: 3, position: 999},
      'unplaced-write',
    ],
    ['same timeline, exactly there', session, present, {timeline: 3, position: 300}, 'fresh'],
    ['same timeline, no floor needed', session, {...present, floor: null}, {timeline: 3, position: 300}, 'fresh'],
    ['same timeline, one byte behind', session, present, {timeline: 3, position: 299}, 'behind'],
    ['position unknown', session, present, {timeline: 3, position: null}, 'position-unknown'],
    ['timeline unknown', session, present, {timeline: null, position: 999}, 'position-unknown'],
    ['no primary was ever accepted', session, null, {timeline: 3, position: 999}, 'no-primary-known'],
    [
      'token of a timeline that nobody has seen',
      {...session, token: {timeline: 4, position: 1}},
      present,
      {timeline: 4, position: 999},
      'timeline-not-seen',
    ],
    ['older token, at the floor', older, present, {timeline: 3, position: 250}, 'fresh'],
    ['older token, below the floor', older, present, {timeline: 3, position: 249}, 'behind'],
    [
      'older token from below the floor',
      {...older, token: {timeline: 2, position: 100}},
      present,
      {timeline: 3, position: 100},
      'fresh',
    ],
    [
      'older token from below the floor, not there',
      {...older, token: {timeline: 2, position: 100}},
      present,
      {timeline: 3, position: 99},
      'behind',
    ],
    ['older token, floor not known yet', older, {...present, floor: null}, {timeline: 3, position: 900}, 'fresh'],
    [
      'older token, floor not known yet, not there',
      older,
      {...present, floor: null},
      {timeline: 3, position: 899},
      'behind',
    ],
    ['older token, standby left on its timeline', older, present, {timeline: 2, position: 999}, 'other-timeline'],
    ['standby ahead of the present timeline', session, present, {timeline: 4, position: 999}, 'other-timeline'],
  ])('%s', (_what, demand, known, standby, expected) => expect(decideFreshness(demand, known, standby)).toBe(expected))
})

// ---- three nodes over random histories: primaries fork timelines, old ones write on, standbys replay, follow and are
// rewound -----------------------------

interface Line {
  readonly parent: number | null
  readonly forkedAt: number
  readonly writes: number[]
  end: number
}

/**
 * `timeline` is the one it follows; its position may still be below that one's beginning. `sampled` is what the router
 * last heard.
 */
interface Node {
  timeline: number
  position: number
  writable: boolean
  sampled: Replayed | null
}

type Step =
  | {readonly kind: 'write' | 'noise' | 'replay' | 'report' | 'rejoin'; readonly node: number; readonly size: number}
  | {readonly kind: 'failover'; readonly node: number; readonly skip: number}
  | {readonly kind: 'accept'}
  | {readonly kind: 'sample'}
  | {readonly kind: 'read'; readonly node: number; readonly token: number}

interface Played {
  readonly admitted: number
  readonly admittedOlder: number
  /** An admitted read that did not see what its token stands for and the accepted timeline has. */
  readonly blind: number
}

class Cluster {
  readonly lines = new Map<number, Line>([[1, {parent: null, forkedAt: 0, writes: [], end: 0}]])
  readonly nodes: readonly Node[] = [0, 1, 2].map(at => ({timeline: 1, position: 0, writable: at === 0, sampled: null}))
  readonly tokens: Token[] = []
  accepted: PresentTimeline = {timeline: 1, floor: null}
  #primary = 0

  get primary(): Node {
    return this.node(this.#primary)
  }

  node(at: number): Node {
    const node = this.nodes[at % this.nodes.length]
    if (node === undefined) throw new Error('no node')
    return node
  }

  line(timeline: number): Line {
    const line = this.lines.get(timeline)
    if (line === undefined) throw new Error(`no timeline ${timeline}`)
    return line
  }

  /** The writes that a reader at this place sees; a write is told apart by timeline and end. */
  seenAt(timeline: number, position: number): ReadonlySet<string> {
    const {parent, forkedAt, writes} = this.line(timeline)
    const inherited = parent === null ? [] : this.seenAt(parent, Math.min(position, forkedAt))
    return new Set([...inherited, ...writes.filter(end => end <= position).map(end => `${timeline}:${end}`)])
  }

  /** As PostgreSQL's history file of that timeline. */
  historyOf(timeline: number): TimelineHistory {
    const {parent, forkedAt} = this.line(timeline)
    return parent === null ? [] : [...this.historyOf(parent), {timeline: parent, switchedAt: forkedAt}]
  }

  append(node: Node, size: number, isWrite: boolean): void {
    if (!node.writable) return
    const line = this.line(node.timeline)
    line.end += 1 + size
    node.position = line.end
    if (!isWrite) return
    line.writes.push(line.end)
    this.tokens.push({timeline: node.timeline, position: line.end})
  }

  /**
   * Streams from the primary: the timeline is told at once, the position comes later. One that has replayed past the
   * fork cannot.
   */
  replay(node: Node, share: number): void {
    const {timeline} = this.primary
    if (node.writable || node.position > this.sharedWith(node, timeline)) return
    node.timeline = timeline
    node.position += Math.round((share / 10) * (this.line(timeline).end - node.position))
  }

  /** Up to where this node's WAL is also that of `timeline`, at most its own position. */
  sharedWith(node: Node, timeline: number): number {
    const ownLine = [...this.historyOf(node.timeline), {timeline: node.timeline, switchedAt: node.position}]
    const itsLine = new Map(
      [...this.historyOf(timeline), {timeline, switchedAt: Infinity}].map(each => [each.timeline, each.switchedAt]),
    )
    const last = ownLine.findLast(each => itsLine.has(each.timeline))
    return Math.min(node.position, last?.switchedAt ?? 0, itsLine.get(last?.timeline ?? 0) ?? 0)
  }

  failover(at: number, skip: number): void {
    const node = this.node(at)
    if (node.writable) return
    let parent = node.timeline
    for (let line = this.line(parent); line.parent !== null && node.position <= line.forkedAt; line = this.line(parent))
      parent = line.parent
    const timeline = Math.max(...this.lines.keys()) + 1 + skip
    this.lines.set(timeline, {parent, forkedAt: node.position, writes: [], end: node.position})
    Object.assign(node, {timeline, writable: true})
    this.#primary = at % this.nodes.length
  }

  rejoin(node: Node): void {
    if (node === this.primary) return
    Object.assign(node, {
      timeline: this.primary.timeline,
      position: this.sharedWith(node, this.primary.timeline),
      writable: false,
      sampled: null,
    })
  }

  accept(): void {
    if (this.primary.timeline > this.accepted.timeline) this.accepted = {timeline: this.primary.timeline, floor: null}
  }

  report(node: Node): void {
    node.sampled = {timeline: node.timeline, position: node.position}
  }

  sample(): void {
    const {timeline, position} = this.primary
    if (timeline === this.accepted.timeline && this.accepted.floor === null) this.accepted = {timeline, floor: position}
  }

  missedAt(node: Node, token: Token): boolean {
    const [seen, there] = [this.seenAt(node.timeline, node.position), this.seenAt(this.accepted.timeline, Infinity)]
    return [...this.seenAt(token.timeline, token.position)].some(write => there.has(write) && !seen.has(write))
  }
}

function play(history: readonly Step[], decide: typeof decideFreshness): Played {
  const cluster = new Cluster()
  let [admitted, admittedOlder, blind] = [0, 0, 0]
  for (const step of history) {
    if (step.kind !== 'read') {
      move(cluster, step)
      continue
    }
    const node = cluster.node(step.node)
    const token = cluster.tokens[step.token % cluster.tokens.length]
    if (
      token === undefined ||
      decide({consistency: 'session', token, unplacedWrite: false}, cluster.accepted, node.sampled ?? node) !== 'fresh'
    )
      continue
    admitted++
    if (token.timeline < cluster.accepted.timeline) admittedOlder++
    if (cluster.missedAt(node, token)) blind++
  }
  checkCausality(cluster)
  return {admitted, admittedOlder, blind}
}

function move(cluster: Cluster, step: Exclude<Step, {readonly kind: 'read'}>): void {
  if (step.kind === 'accept') cluster.accept()
  else if (step.kind === 'sample') cluster.sample()
  else if (step.kind === 'failover') {
    checkCausality(cluster)
    cluster.failover(step.node, step.skip)
  } else {
    const node = cluster.node(step.node)
    if (step.kind === 'replay') cluster.replay(node, step.size)
    else if (step.kind === 'report') cluster.report(node)
    else if (step.kind === 'rejoin') cluster.rejoin(node)
    else cluster.append(node, step.size, step.kind === 'write')
  }
}

/** What is said of each token agrees with what is there, also when the history is that of an earlier timeline. */
function checkCausality(cluster: Cluster): void {
  const {timeline} = cluster.primary
  const there = cluster.seenAt(timeline, Infinity)
  for (const token of cluster.tokens) {
    const survived = [...cluster.seenAt(token.timeline, token.position)].every(write => there.has(write))
    for (const document of cluster.lines.keys())
      expect(['unknown', survived ? 'kept' : 'lost']).toContain(
        causalityOf(token, cluster.historyOf(document), timeline),
      )
  }
}

const node = fc.nat(2)
const stepOf = (kind: 'write' | 'noise' | 'replay' | 'report' | 'rejoin', size: number): fc.Arbitrary<Step> =>
  fc.record({kind: fc.constant(kind), node, size: fc.nat(size)})
const steps = fc.array(
  fc.oneof(
    {weight: 5, arbitrary: stepOf('write', 20)},
    {weight: 1, arbitrary: stepOf('noise', 40)},
    {weight: 5, arbitrary: stepOf('replay', 10)},
    {weight: 1, arbitrary: stepOf('report', 0)},
    {weight: 1, arbitrary: stepOf('rejoin', 0)},
    {
      weight: 2,
      arbitrary: fc.record({kind: fc.constant('failover' as const), node, skip: fc.constantFrom(0, 0, 0, 1)}),
    },
    {weight: 2, arbitrary: fc.constant<Step>({kind: 'accept'})},
    {weight: 2, arbitrary: fc.constant<Step>({kind: 'sample'})},
    {weight: 8, arbitrary: fc.record({kind: fc.constant('read' as const), node, token: fc.nat(50)})},
  ),
  {minLength: 20, maxLength: 60},
)

test('an admitted read sees the write, whatever forks, lags, is rewound or writes on behind the fork', () => {
  let [admitted, admittedOlder] = [0, 0]
  fc.assert(
    fc.property(steps, history => {
      const played = play(history, decideFreshness)
      admitted += played.admitted
      admittedOlder += played.admittedOlder
      return played.blind === 0
    }),
    {numRuns: 600},
  )
  // The property would hold for a rule that admits nothing.
  expect(admitted).toBeGreaterThan(300)
  expect(admittedOlder).toBeGreaterThan(30)
})

describe('that is no property of the model: a read does not see the write by a rule that', () => {
  const at = (kind: 'write' | 'noise' | 'replay', node: number, size: number): Step => ({kind, node, size})
  const accepted: readonly Step[] = [{kind: 'accept'}, {kind: 'sample'}]

  it('compares positions only, on an old primary that wrote on past the fork', () => {
    const positionOnly: typeof decideFreshness = ({token}, _present, {position}) =>
      (position ?? 0) >= (token?.position ?? 0) ? 'fresh' : 'behind'
    const history: readonly Step[] = [
      {kind: 'failover', node: 1, skip: 0},
      ...accepted,
      at('write', 1, 10),
      at('noise', 0, 20),
      {kind: 'read', node: 0, token: 0},
    ]
    expect(play(history, positionOnly).blind).toBe(1)
    expect(play(history, decideFreshness)).toEqual({admitted: 0, admittedOlder: 0, blind: 0})
  })

  it('takes the newer timeline for enough, on a standby that has not replayed up to its beginning', () => {
    const noFloor: typeof decideFreshness = ({token}, known, {timeline}) =>
      timeline === known?.timeline && (token?.timeline ?? 0) < timeline ? 'fresh' : 'behind'
    const history: readonly Step[] = [
      at('write', 0, 10),
      at('replay', 1, 10),
      {kind: 'failover', node: 1, skip: 0},
      ...accepted,
      at('replay', 2, 0),
      {kind: 'read', node: 2, token: 0},
    ]
    expect(play(history, noFloor).blind).toBe(1)
    expect(play(history, decideFreshness).blind).toBe(0)
    expect(play([...history, at('replay', 2, 10), {kind: 'read', node: 2, token: 0}], decideFreshness)).toEqual({
      admitted: 1,
      admittedOlder: 1,
      blind: 0,
    })
  })
})
