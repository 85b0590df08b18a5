import {describe, expect, it} from 'vitest'
import {readSources} from '../../../test/architecture/read-sources.ts'
import {hintText} from '../../model/command-hint.ts'
import {
  allowedDuring,
  mayRun,
  stateOf,
  unfinishedError,
  waysOut,
  type RestoreState,
  type UnfinishedRestore,
} from './restore-state.ts'

const unfinished = (change: Partial<UnfinishedRestore> = {}): UnfinishedRestore => ({
  lab: 'second',
  place: 'into',
  stage: 'begun',
  id: '2026-01-01T00:00:00.000Z',
  from: 'lab',
  member: 'pg1',
  wanted: {to: 'latest'},
  make: {},
  failed: [],
  ...change,
})

const states = [
  'into begun',
  'into in-use',
  'in-place begun',
  'in-place in-use',
] as const satisfies readonly RestoreState[]

describe('what a command may do while a restore is not over', () => {
  // y: it may; -: it is refused. In the order of the states.
  it.each([
    ['hl restore --resume', 'yyyy'],
    ['hl restore --put-back', '--yy'],
    ['hl restore --discard-copy', '----'],
    ['hl restore --in-place', '----'],
    ['hl restore --into', '----'],
    ['hl restore from it', '--yy'],
    ['hl down', 'yyyy'],
    ['hl up', '----'],
    ['hl faults heal', '----'],
    ['hl faults inject', '----'],
    ['hl failover', '----'],
    ['hl drill', '----'],
    ['hl switchover', '----'],
    ['hl nodes rebuild', '----'],
    ['hl backups create', '----'],
    ['hl backups prune', '----'],
    ['hl backups rotate-key', '----'],
    ['hl backups verify', '--yy'],
    ['hl backups schedule', '----'],
    ['hl copy create', '--yy'],
    ['hl copy forward', '--yy'],
    ['hl copy table', '----'],
    ['hl copy drop', 'yyyy'],
    ['hl shards', '----'],
  ] as const)('%s: %s', (what, row) => {
    expect(states.map(state => (mayRun(what, state) ? 'y' : '-')).join('')).toBe(row)
    expect([mayRun(what, 'into checked'), mayRun(what, 'in-place checked')]).toEqual([true, true])
  })

  it('has a row here for every command, and every command that takes a lab has a row', () => {
    const taken = [...readSources(['src/**/*.ts', 'cli/**/*.ts'])]
      .filter(([path]) => !path.endsWith('.test.ts'))
      .flatMap(([, text]) => [...text.matchAll(/what(?:: | = )[`'](hl [^`'$]*)/g)].map(match => match[1]?.trim() ?? ''))
    expect(taken.length).toBeGreaterThan(10)
    expect(
      taken.filter(what => !Object.keys(allowedDuring).some(row => what === row || what.startsWith(`${row} `))),
    ).toEqual([])
    expect(Object.keys(allowedDuring)).toHaveLength(24)
  })

  it.each(['hl frobnicate', 'hl upside', 'hl restore'])('is nothing for a command without a row: %s', what => {
    expect(states.filter(state => mayRun(what, state))).toEqual([])
    expect(mayRun(what, 'into checked')).toBe(true)
  })
})

describe('the ways out of a restore that is not over', () => {
  const down = '`hl down --volumes --confirm second --lab second` takes away what was made'
  const resume = (why: string): string => `\`hl restore --resume --lab second\` ${why}`
  it.each<readonly [Partial<UnfinishedRestore>, readonly string[]]>([
    [{}, [resume('begins it anew and verifies it'), down]],
    [{wanted: null}, [down]],
    [{stage: 'in-use'}, [resume('finishes and verifies it'), down]],
    [{stage: 'checked'}, [resume('verifies it again')]],
    [
      {place: 'in-place'},
      [resume('begins it anew and verifies it'), '`hl restore --put-back --lab second` brings the old data back'],
    ],
    [{place: 'in-place', stage: 'in-use'}, [resume('finishes and verifies it')]],
  ])('of %o', (change, next) => {
    const restore = unfinished(change)
    expect(waysOut(restore).map(step => hintText(step))).toEqual(next)
    expect(unfinishedError(restore)).toMatchObject({code: 'RESTORE_UNFINISHED', next})
    expect(stateOf(restore)).toBe(`${restore.place} ${restore.stage}`)
  })

  it('say in the error what was cut off, and whether its data is in use', () => {
    const texts = [unfinished(), unfinished({stage: 'in-use'}), unfinished({place: 'in-place', lab: 'lab'})].map(
      restore => unfinishedError(restore).message,
    )
    expect(texts).toEqual([
      'the restore of lab lab into lab second, begun at 2026-01-01T00:00:00.000Z, was cut off: lab second has no data of its own yet',
      'the restore of lab lab into lab second, begun at 2026-01-01T00:00:00.000Z, was cut off: its data is in use, and nothing of it was verified',
      'the restore of lab lab in place, begun at 2026-01-01T00:00:00.000Z, was cut off: the data that was there is kept on the volume of pg1',
    ])
  })
})
