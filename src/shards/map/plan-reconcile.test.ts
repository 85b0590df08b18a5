// What becomes of each group of a shard that was restored by itself: by cases, and over random histories of moves.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {groupCount} from '../keys/slot.ts'
import {planReconcile, placementsAfter, type ReconcileView} from './plan-reconcile.ts'
import type {GroupState} from './read-state.ts'
import {buildMap} from './shard-map.ts'

/** Who owns a group, and since which epoch. */
interface Owned {
  readonly owner: string
  readonly epoch: number
}

const shards = ['s1', 's2', 's3'] as const
const groupsAll = Array.from({length: groupCount}, (_, group) => group)
const statesOf = (shard: string, owned: readonly Owned[]): readonly GroupState[] =>
  owned.map(({owner, epoch}, group) => ({group, state: owner === shard ? 'o' : 'r', epoch, owner}))
const mapOf = (owned: readonly Owned[]) =>
  buildMap(
    shards,
    owned.map(({owner, epoch}, group) => ({group, shard: owner, epoch})),
  )

/** The restored shard as it was then, in quarantine; the others as they are now. */
function viewOf(shard: string, then: readonly Owned[], now: readonly Owned[], isCatalog = false): ReconcileView {
  const owned = groupsAll.filter(group => then[group]?.owner === shard)
  return {
    shard,
    groups: statesOf(shard, then).map(state => (state.state === 'o' ? {...state, state: 'i'} : state)),
    owned,
    others: new Map(shards.filter(name => name !== shard).map(name => [name, statesOf(name, now)])),
    catalog: isCatalog ? null : mapOf(now),
  }
}

const first: readonly Owned[] = groupsAll.map(group => ({owner: shards[group % 3] ?? 's1', epoch: 1}))
const withMove = (owned: readonly Owned[], group: number, owner: string): readonly Owned[] =>
  owned.map((one, index) => (index === group ? {owner, epoch: one.epoch + 1} : one))
const stepOf = (view: ReconcileView, group: number) => {
  const {steps, refusals} = planReconcile(view)
  return steps.find(step => step.group === group) ?? refusals.find(({groups}) => groups.includes(group))?.reason
}

describe('a group', () => {
  // Group 1 is of s2 at first, group 0 of s1, group 2 of s3.
  it.each<readonly [string, ReconcileView, number, unknown]>([
    ['that nobody has taken is kept', viewOf('s2', first, first), 1, {kind: 'keep', owner: 's2', epoch: 1}],
    [
      'that went away since is let go',
      viewOf('s2', first, withMove(first, 1, 's3')),
      1,
      {kind: 'release', owner: 's3', epoch: 2},
    ],
    ['of another shard stays there', viewOf('s2', first, first), 0, {kind: 'know', owner: 's1', epoch: 1}],
    [
      'that moved between others is known of',
      viewOf('s2', first, withMove(first, 0, 's3')),
      0,
      {kind: 'know', owner: 's3', epoch: 2},
    ],
    ['that came since is refused', viewOf('s2', first, withMove(first, 0, 's2')), 0, 'CAME_LATER'],
    ['that came since, with the map lost too', viewOf('s1', first, withMove(first, 1, 's1'), true), 1, 'CAME_LATER'],
    ['that went away and came back', viewOf('s2', first, withMove(withMove(first, 1, 's1'), 1, 's2')), 1, 'CAME_LATER'],
    [
      'that nobody took from the shard with the map',
      viewOf('s1', first, first, true),
      0,
      {kind: 'keep', owner: 's1', epoch: 1},
    ],
  ])('%s', (_what, view, group, expected) => {
    expect(stepOf(view, group)).toEqual(typeof expected === 'string' ? expected : {group, ...(expected as object)})
  })

  const changed = (change: (state: GroupState, name: string) => GroupState): ReconcileView => {
    const view = viewOf('s2', first, first)
    const others = [...view.others].map(
      ([name, states]) => [name, states.map(state => (state.group === 1 ? change(state, name) : state))] as const,
    )
    return {...view, others: new Map(others)}
  }
  it('that is changing hands, is claimed twice or in the same epoch, or by nobody, is refused', () => {
    expect(
      stepOf(
        changed(state => ({...state, state: 'm', owner: 's2'})),
        1,
      ),
    ).toBe('MOVING')
    expect(
      stepOf(
        changed((state, name) => ({...state, state: 'o', epoch: 5, owner: name})),
        1,
      ),
    ).toBe('TWO_OWNERS')
    const same = changed((state, name) => (name === 's1' ? {...state, state: 'o', owner: 's1'} : state))
    expect(stepOf(same, 1)).toBe('TWO_OWNERS')
    expect(
      stepOf(
        changed(state => ({...state, epoch: 9, owner: 's1'})),
        1,
      ),
    ).toBe('NO_OWNER')
  })

  it('that was on its way at that moment is let go where it has arrived', () => {
    const view = viewOf('s2', first, withMove(first, 1, 's3'))
    const moving = view.groups.map(state => (state.group === 1 ? {...state, state: 'm' as const, owner: 's3'} : state))
    expect(stepOf({...view, owned: view.owned.filter(group => group !== 1), groups: moving}, 1)).toEqual({
      kind: 'release',
      group: 1,
      owner: 's3',
      epoch: 2,
    })
  })
})

describe('over random histories', () => {
  const moves = fc.array(fc.record({group: fc.integer({min: 0, max: 63}), to: fc.constantFrom(...shards)}), {
    maxLength: 30,
  })
  const after = (owned: readonly Owned[], history: readonly {readonly group: number; readonly to: string}[]) =>
    history.reduce((now, {group, to}) => (now[group]?.owner === to ? now : withMove(now, group, to)), owned)

  it('each group has the owner that it has, or is refused since its rows are not there', () => {
    fc.assert(
      fc.property(moves, moves, fc.constantFrom(...shards), fc.boolean(), (before, since, shard, isCatalog) => {
        const then = after(first, before)
        const now = after(then, since)
        const plan = planReconcile(viewOf(shard, then, now, isCatalog))
        const refused = new Set(plan.refusals.flatMap(({groups}) => groups))
        expect(plan.steps.length + refused.size).toBe(groupCount)
        for (const {kind, group, owner, epoch} of plan.steps) {
          expect([group, owner, epoch]).toEqual([group, now[group]?.owner, now[group]?.epoch])
          // What it is given it owned then, and nobody has owned it in between.
          if (kind === 'keep') expect(then[group]).toEqual(now[group])
          expect(kind === 'release').toBe(then[group]?.owner === shard && owner !== shard)
        }
        for (const group of refused) {
          expect(now[group]?.owner).toBe(shard)
          expect(now[group]?.epoch).toBeGreaterThan(then[group]?.epoch ?? 0)
        }
        if (refused.size === 0) expect(buildMap(shards, placementsAfter(plan)).epoch).toBe(mapOf(now).epoch)
      }),
    )
  })
})
