// The decision as a table, and its invariants over any order of reports.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {decidePrimary, holdsUntilMs, type Topology} from './decide-primary.ts'
import {
  describeEvidence,
  forgetNode,
  noEvidence,
  noteAccepted,
  noteBreak,
  noteRejection,
  noteStatus,
  noteView,
  type Evidence,
} from './evidence.ts'
import type {NodeStatus} from './parse-patroni.ts'

const ttlMs = 1_000
const nodes = ['pg1', 'pg2', 'pg3']
const addresses = new Map(nodes.map((node, at) => [node, {host: '10.0.0.1', port: 5_001 + at}]))

type Say = readonly [
  node: string,
  role: 'primary' | 'standby',
  timeline: number | null,
  atMs: number,
  running?: boolean,
]
type See = readonly [source: string, leader: string | null, atMs: number]

/** By default nobody can read the DCS: the only view, which told the addresses, is too old. */
function evidenceOf(says: readonly Say[], sees: readonly See[] = [['pg3', null, -5_000]], known = addresses): Evidence {
  const viewed = sees.reduce(
    (evidence, [source, leader, atMs]) => noteView(evidence, source, {leader, addresses: known}, atMs),
    noEvidence,
  )
  return says.reduce(
    (evidence, [node, role, timeline, atMs, running = true]) =>
      noteStatus(evidence, {...besides, node, role, timeline, running}, atMs),
    viewed,
  )
}

/** Fields of a word that the decision does not look at, or hardly. */
const besides = {position: null, received: null, replayPaused: false, server: null}

/** Two primaries by SQL, where nothing names a leader. */
function askedBySql(...words: readonly Pick<NodeStatus, 'node' | 'role' | 'timeline' | 'server'>[]): Evidence {
  return words.reduce(
    (evidence, word) => noteStatus(evidence, {...besides, running: true, ...word}, 0),
    noteView(noEvidence, 'hosts', {leader: null, addresses}, 0),
  )
}

function summary(topology: Topology): unknown {
  const {primary, standbys, refused} = topology
  return [
    primary === null ? null : `${primary.node}@${primary.timeline}`,
    standbys.map(({node}) => node).join(),
    refused.map(({node, why}) => `${node} ${why}`).join(),
  ]
}

type Row = readonly [
  what: string,
  evidence: Evidence,
  expected: readonly [primary: string | null, standbys: string, refused: string],
]

function decides(rows: readonly Row[]): void {
  it.each(rows)('%s', (_what, evidence, expected) =>
    expect(summary(decidePrimary(evidence, 0, ttlMs))).toEqual(expected),
  )
}

describe("decidePrimary, by each node's own word", () => {
  decides([
    ['nothing is known', noEvidence, [null, '', '']],
    [
      'one primary, two standbys',
      evidenceOf([
        ['pg1', 'primary', 1, 0],
        ['pg2', 'standby', 1, 0],
        ['pg3', 'standby', 1, 0],
      ]),
      ['pg1@1', 'pg2,pg3', ''],
    ],
    ['a primary that does not run', evidenceOf([['pg1', 'primary', 1, 0, false]]), [null, '', '']],
    [
      'a standby that does not run',
      evidenceOf([
        ['pg1', 'primary', 1, 0],
        ['pg2', 'standby', 1, 0, false],
      ]),
      ['pg1@1', '', ''],
    ],
    ['a primary that tells no timeline', evidenceOf([['pg1', 'primary', null, 0]]), [null, '', 'pg1 timeline-unknown']],
    [
      'a primary without an address',
      evidenceOf([['pg1', 'primary', 1, 0]], [['pg1', 'pg1', 0]], new Map()),
      [null, '', 'pg1 address-unknown'],
    ],
    [
      'a standby on a high timeline is no floor',
      evidenceOf([
        ['pg1', 'primary', 1, 0],
        ['pg2', 'standby', 9, 0],
      ]),
      ['pg1@1', 'pg2', ''],
    ],
    ['a word just within its time', evidenceOf([['pg1', 'primary', 1, -1_000]]), ['pg1@1', '', '']],
    ['a word past its time', evidenceOf([['pg1', 'primary', 1, -1_001]]), [null, '', '']],
    [
      'a word from before a rejection',
      noteRejection(evidenceOf([['pg1', 'primary', 1, -10]]), 'pg1', -10),
      [null, '', ''],
    ],
    [
      'a word from after a rejection',
      noteRejection(evidenceOf([['pg1', 'primary', 1, -9]]), 'pg1', -10),
      ['pg1@1', '', ''],
    ],
  ])
})

describe('decidePrimary, by the views of the cluster', () => {
  const two: readonly Say[] = [
    ['pg1', 'primary', 1, 0],
    ['pg2', 'primary', 2, 0],
  ]
  const tie: readonly Say[] = [
    ['pg1', 'primary', 2, 0],
    ['pg2', 'primary', 2, 0],
  ]
  const bothTied = 'pg1 tied,pg2 tied'
  decides([
    [
      'the leader role alone makes no primary',
      evidenceOf([['pg1', 'standby', 1, 0]], [['pg1', 'pg1', 0]]),
      [null, 'pg1', ''],
    ],
    [
      'an intruder on a higher timeline beside the leader',
      evidenceOf(two, [
        ['pg1', 'pg1', 0],
        ['pg2', 'pg1', 0],
      ]),
      ['pg1@1', '', 'pg2 not-leader'],
    ],
    [
      'an intruder alone, while the views name another',
      evidenceOf([['pg2', 'primary', 2, 0]], [['pg2', 'pg1', 0]]),
      [null, '', 'pg2 not-leader'],
    ],
    [
      'one view that names the claimant is enough',
      evidenceOf(
        [['pg2', 'primary', 2, 0]],
        [
          ['pg1', 'pg1', 0],
          ['pg3', 'pg2', -900],
        ],
      ),
      ['pg2@2', '', ''],
    ],
    [
      'a cut-off old primary with its old view, and the new leader',
      evidenceOf(two, [
        ['pg1', 'pg1', 0],
        ['pg2', 'pg2', -100],
      ]),
      ['pg2@2', '', 'pg1 timeline-behind'],
    ],
    [
      'the same, the new leader not promoted yet',
      evidenceOf(
        [
          ['pg1', 'primary', 1, 0],
          ['pg2', 'standby', 1, 0],
        ],
        [
          ['pg1', 'pg1', -100],
          ['pg2', 'pg2', 0],
        ],
      ),
      ['pg1@1', 'pg2', ''],
    ],
    [
      'the old primary once all views name the next',
      evidenceOf(
        [
          ['pg1', 'primary', 1, 0],
          ['pg2', 'standby', 1, 0],
        ],
        [
          ['pg1', 'pg2', 0],
          ['pg2', 'pg2', 0],
        ],
      ),
      [null, 'pg2', 'pg1 not-leader'],
    ],
    [
      'a view past its time says nothing',
      evidenceOf([['pg2', 'primary', 2, 0]], [['pg1', 'pg1', -1_001]]),
      ['pg2@2', '', ''],
    ],
    ['no views: the higher timeline', evidenceOf(two), ['pg2@2', '', 'pg1 timeline-behind']],
    [
      'the lease has just expired, one primary',
      evidenceOf([['pg1', 'primary', 1, 0]], [['pg1', null, 0]]),
      ['pg1@1', '', ''],
    ],
    [
      'the lease has just expired, but one view is older',
      evidenceOf(two, [
        ['pg1', null, 0],
        ['pg2', 'pg1', -50],
      ]),
      ['pg1@1', '', 'pg2 not-leader'],
    ],
    [
      'the leader tells no timeline beside an intruder',
      evidenceOf(
        [
          ['pg1', 'primary', null, 0],
          ['pg2', 'primary', 2, 0],
        ],
        [['pg1', 'pg1', 0]],
      ),
      [null, '', 'pg1 timeline-unknown,pg2 not-leader'],
    ],
    ['one timeline, one leader', evidenceOf(tie, [['pg1', 'pg2', 0]]), ['pg2@2', '', 'pg1 not-leader']],
    ['one timeline, no view', evidenceOf(tie), [null, '', bothTied]],
    ['one timeline, nobody leads', evidenceOf(tie, [['pg1', null, 0]]), [null, '', bothTied]],
    [
      'one timeline, each leads by its own view',
      evidenceOf(tie, [
        ['pg1', 'pg1', 0],
        ['pg2', 'pg2', 0],
      ]),
      [null, '', bothTied],
    ],
    [
      'a tie at the top does not raise the one below',
      evidenceOf([...tie, ['pg3', 'primary', 1, 0]]),
      [null, '', `${bothTied},pg3 timeline-behind`],
    ],
  ])
})

describe('decidePrimary, by the timeline floor', () => {
  const old: Say = ['pg1', 'primary', 1, 0]
  decides([
    ['a primary at the floor', noteAccepted(evidenceOf([old]), 1), ['pg1@1', '', '']],
    [
      'one below it, although its accepted successor is silent',
      noteAccepted(evidenceOf([old]), 2),
      [null, '', 'pg1 timeline-behind'],
    ],
    [
      'one below it, although a view names it',
      noteAccepted(evidenceOf([old], [['pg1', 'pg1', 0]]), 2),
      [null, '', 'pg1 timeline-behind'],
    ],
    ['the floor does not fall', noteAccepted(noteAccepted(evidenceOf([old]), 2), 1), [null, '', 'pg1 timeline-behind']],
    [
      'a claim that was not accepted is no floor: the old primary after the intruder is gone',
      evidenceOf([['pg2', 'primary', 2, -5_000], old], [['pg1', 'pg1', 0]]),
      ['pg1@1', '', ''],
    ],
    [
      'the same, the intruder a standby again',
      evidenceOf([['pg2', 'primary', 2, -10], ['pg2', 'standby', 1, 0], old], [['pg1', 'pg1', 0]]),
      ['pg1@1', 'pg2', ''],
    ],
  ])
})

describe('decidePrimary, by SQL alone', () => {
  decides([
    [
      'one primary',
      askedBySql(
        {node: 'pg1', role: 'primary', timeline: 1, server: 'a'},
        {node: 'pg2', role: 'standby', timeline: 1, server: 'b'},
      ),
      ['pg1@1', 'pg2', ''],
    ],
    [
      'the higher timeline',
      askedBySql(
        {node: 'pg1', role: 'primary', timeline: 1, server: 'a'},
        {node: 'pg2', role: 'primary', timeline: 2, server: 'b'},
      ),
      ['pg2@2', '', 'pg1 timeline-behind'],
    ],
    [
      'two on one timeline are none',
      askedBySql(
        {node: 'pg1', role: 'primary', timeline: 2, server: 'a'},
        {node: 'pg2', role: 'primary', timeline: 2, server: 'b'},
      ),
      [null, '', 'pg1 tied,pg2 tied'],
    ],
    [
      'one server under two names does not tie with itself: the name that answered first',
      askedBySql(
        {node: 'pg2', role: 'primary', timeline: 2, server: 'a'},
        {node: 'pg1', role: 'primary', timeline: 2, server: 'a'},
      ),
      ['pg2@2', '', ''],
    ],
    [
      'nor gets twice the reads',
      askedBySql(
        {node: 'pg1', role: 'primary', timeline: 1, server: 'a'},
        {node: 'pg2', role: 'standby', timeline: 1, server: 'b'},
        {node: 'pg3', role: 'standby', timeline: 1, server: 'b'},
      ),
      ['pg1@1', 'pg2', ''],
    ],
    [
      'servers that do not tell themselves apart are told apart by name',
      askedBySql(
        {node: 'pg1', role: 'standby', timeline: 1, server: null},
        {node: 'pg2', role: 'standby', timeline: 1, server: null},
      ),
      [null, 'pg1,pg2', ''],
    ],
  ])
})

describe('what a target tells', () => {
  const told = {
    node: 'pg2',
    role: 'standby',
    running: true,
    timeline: 1,
    position: 100,
    received: 120,
    replayPaused: true,
    server: null,
  } as const
  const evidence = noteStatus(noteView(noEvidence, 'pg1', {leader: null, addresses}, 0), told, 10)

  it('is the last word, and when it was asked for', () => {
    expect(decidePrimary(evidence, 10, ttlMs).standbys).toEqual([
      {
        node: 'pg2',
        timeline: 1,
        address: addresses.get('pg2'),
        position: 100,
        received: 120,
        replayPaused: true,
        askedMs: 10,
      },
    ])
  })

  it('is no position from before it may have restarted', () => {
    const broken = noteBreak(evidence, 'pg2', 10)
    expect(decidePrimary(broken, 10, ttlMs).standbys).toMatchObject([{node: 'pg2', position: null, received: null}])
    expect(decidePrimary(noteStatus(broken, {...told, position: 90}, 11), 11, ttlMs).standbys).toMatchObject([
      {position: 90, received: 120},
    ])
  })
})

describe('evidence', () => {
  it('holds until the first of it expires', () => {
    const says: readonly Say[] = [
      ['pg1', 'primary', 1, 0],
      ['pg2', 'standby', 1, -400],
      ['pg3', 'standby', 1, -1_001],
    ]
    expect(holdsUntilMs(evidenceOf(says, [['pg1', 'pg1', -100]]), 0, ttlMs)).toBe(600)
    expect(holdsUntilMs(evidenceOf([['pg1', 'primary', 1, 0]], [['pg1', 'pg1', -100]]), 0, ttlMs)).toBe(900)
    expect(holdsUntilMs(noEvidence, 0, ttlMs)).toBe(Infinity)
  })

  it('forgets a node that is gone, and only that', () => {
    const both = noteBreak(
      noteRejection(
        evidenceOf([
          ['pg1', 'primary', 1, 0],
          ['pg2', 'standby', 1, 0],
        ]),
        'pg2',
        -5,
      ),
      'pg2',
      -5,
    )
    const left = forgetNode(both, 'pg2')
    expect(
      [left.reports, left.addresses, left.rejectedAtMs, left.brokenAtMs].map(map => [...map.keys()].join()),
    ).toEqual(['pg1', 'pg1,pg3', '', ''])
    expect(summary(decidePrimary(left, 0, ttlMs))).toEqual(['pg1@1', '', ''])
  })

  it('is not replaced by an older answer of the same node', () => {
    const late = evidenceOf(
      [
        ['pg1', 'primary', 1, 20],
        ['pg1', 'standby', 1, 10],
      ],
      [
        ['pg1', 'pg1', 20],
        ['pg1', 'pg2', 10],
      ],
    )
    expect(late.reports.get('pg1')?.role).toBe('primary')
    expect(late.views.get('pg1')?.leader).toBe('pg1')
  })

  it('keeps a view for each source, and addresses that a newer answer does not mention', () => {
    const elsewhere = (host: string): Map<string, {host: string; port: number}> => new Map([['pg1', {host, port: 1}]])
    const newer = noteView(
      evidenceOf([], [['pg1', 'pg1', 0]]),
      'pg2',
      {leader: 'pg2', addresses: elsewhere('newer')},
      5,
    )
    const older = noteView(
      newer,
      'pg3',
      {leader: null, addresses: elsewhere('older').set('pg4', {host: 'found', port: 4})},
      4,
    )
    expect([...older.views].map(([source, {leader}]) => `${source} ${leader}`)).toEqual([
      'pg1 pg1',
      'pg2 pg2',
      'pg3 null',
    ])
    expect(['pg1', 'pg2', 'pg4'].map(node => older.addresses.get(node)?.host)).toEqual(['newer', '10.0.0.1', 'found'])
  })

  it('is told to people', () => {
    expect(describeEvidence(noEvidence, 0)).toBe('no node has answered yet')
    expect(
      describeEvidence(
        evidenceOf([
          ['pg1', 'primary', 3, 0],
          ['pg2', 'standby', null, 100, false],
        ]),
        250,
      ),
    ).toBe('pg1 said primary on timeline 3 250 ms ago; pg2 said standby, not running, on timeline unknown 150 ms ago')
  })
})

describe('over any history', () => {
  // The clock moves on by `laterMs`; what is told may be older than that by `ageMs`, so answers overtake each other.
  const times = {laterMs: fc.nat(400), ageMs: fc.nat(300), node: fc.constantFrom(...nodes)}
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        ...times,
        kind: fc.constant('status' as const),
        role: fc.constantFrom('primary' as const, 'primary' as const, 'standby' as const),
        running: fc.boolean(),
        timeline: fc.option(fc.integer({min: 1, max: 4}), {freq: 10}),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        ...times,
        kind: fc.constant('view' as const),
        leader: fc.option(fc.constantFrom(...nodes), {freq: 3}),
      }),
    },
    {weight: 1, arbitrary: fc.record({...times, kind: fc.constant('reject' as const)})},
    {weight: 1, arbitrary: fc.record({...times, kind: fc.constant('silence' as const)})},
  )

  it('timelines never go back, and no primary rests on expired, rejected or foreign evidence, or stands against every view that names a leader', () => {
    let chosen = 0
    let confirmed = 0
    fc.assert(
      fc.property(fc.array(step, {minLength: 10, maxLength: 40}), steps => {
        let evidence = noteView(noEvidence, 'pg1', {leader: null, addresses}, -1)
        let highest = 0
        let now = 1_000
        for (const next of steps) {
          now += next.laterMs
          const atMs = now - next.ageMs
          if (next.kind === 'status') evidence = noteStatus(evidence, {...besides, ...next}, atMs)
          else if (next.kind === 'view')
            evidence = noteView(evidence, next.node, {leader: next.leader, addresses}, atMs)
          else if (next.kind === 'reject') evidence = noteRejection(evidence, next.node, atMs)
          const {primary} = decidePrimary(evidence, now, ttlMs)
          if (primary === null) continue
          evidence = noteAccepted(evidence, primary.timeline)
          chosen++
          const word = evidence.reports.get(primary.node)
          expect(primary.timeline).toBeGreaterThanOrEqual(highest)
          expect(word).toMatchObject({role: 'primary', running: true, timeline: primary.timeline})
          expect(now - (word?.atMs ?? -Infinity)).toBeLessThanOrEqual(ttlMs)
          expect(word?.atMs).toBeGreaterThan(evidence.rejectedAtMs.get(primary.node) ?? -1)
          const named = [...evidence.views.values()]
            .filter(view => view.leader !== null && now - view.atMs <= ttlMs)
            .map(({leader}) => leader)
          if (named.length > 0) {
            expect(named).toContain(primary.node)
            confirmed++
          }
          highest = primary.timeline
        }
      }),
    )
    expect(chosen).toBeGreaterThan(100)
    expect(confirmed).toBeGreaterThan(50)
  })

  it('a decision stays the same until holdsUntilMs, so it need not be made again', () => {
    const report = fc.record({
      node: fc.constantFrom(...nodes),
      role: fc.constantFrom('primary' as const, 'standby' as const),
      timeline: fc.integer({min: 1, max: 3}),
      atMs: fc.integer({min: -1_500, max: 0}),
    })
    const view = fc.record({
      source: fc.constantFrom(...nodes),
      leader: fc.option(fc.constantFrom(...nodes)),
      atMs: fc.integer({min: -1_500, max: 0}),
    })
    fc.assert(
      fc.property(
        fc.array(report, {maxLength: 5}),
        fc.array(view, {maxLength: 4}),
        fc.double({min: 0, max: 1, noNaN: true}),
        (reports, views, share) => {
          const viewed = views.reduce(
            (known, {source, leader, atMs}) => noteView(known, source, {leader, addresses}, atMs),
            noEvidence,
          )
          const evidence = reports.reduce(
            (known, {atMs, ...word}) => noteStatus(known, {...besides, running: true, ...word}, atMs),
            viewed,
          )
          const untilMs = Math.min(holdsUntilMs(evidence, 0, ttlMs), 5_000)
          expect(decidePrimary(evidence, Math.floor(untilMs * share), ttlMs)).toEqual(decidePrimary(evidence, 0, ttlMs))
        },
      ),
    )
  })

  it('the claims of others never move a primary that every view names', () => {
    const claim = fc.record({
      node: fc.constantFrom('pg2', 'pg3'),
      timeline: fc.integer({min: 1, max: 9}),
      laterMs: fc.nat(2_000),
    })
    fc.assert(
      fc.property(fc.array(claim, {maxLength: 30}), claims => {
        let evidence = noEvidence
        let now = 0
        for (const {node, timeline, laterMs} of claims) {
          now += laterMs
          for (const source of nodes) evidence = noteView(evidence, source, {leader: 'pg1', addresses}, now)
          evidence = noteStatus(evidence, {...besides, node, role: 'primary', timeline, running: true}, now)
          const beforeItsWord = decidePrimary(evidence, now, ttlMs).primary
          expect([null, 'pg1']).toContain(beforeItsWord?.node ?? null)
          evidence = noteStatus(evidence, {...besides, node: 'pg1', role: 'primary', timeline: 1, running: true}, now)
          const {primary} = decidePrimary(evidence, now, ttlMs)
          expect(primary?.node).toBe('pg1')
          evidence = noteAccepted(evidence, primary?.timeline ?? 0)
        }
      }),
    )
  })
})
