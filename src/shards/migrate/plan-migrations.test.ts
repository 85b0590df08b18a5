import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ShardError} from '../shard-error.ts'
import {migrationOf, noTransactionMark, orderedMigrations, type Migration} from './migration-file.ts'
import {planMigrations, type AppliedMigration, type TargetHistory} from './plan-migrations.ts'

const file = (number: number, sql = `SELECT ${number}`): Migration =>
  migrationOf(`${String(number).padStart(4, '0')}_m.sql`, sql)
const done = ({name, checksum}: Migration): AppliedMigration => ({name, checksum, isFinished: true})
const [one, two, three] = [file(1), file(2), file(3)] as const
const files = [one, two, three]

describe('a plan', () => {
  it('brings those behind level first, then all in step', () => {
    const plan = planMigrations(files, [
      {target: 's1', applied: [done(one), done(two)]},
      {target: 's2', applied: [done(one)]},
    ])
    expect(plan.refusals).toEqual([])
    expect(plan.steps).toEqual([
      {migration: two, targets: ['s2'], isLevel: false},
      {migration: three, targets: ['s1', 's2'], isLevel: true},
    ])
  })

  it('does again what was begun outside a transaction, even with another text, and calls nobody level before', () => {
    const begun = {name: one.name, checksum: 'of a text that failed', isFinished: false}
    const plan = planMigrations(
      [one],
      [
        {target: 's1', applied: [begun]},
        {target: 's2', applied: []},
      ],
    )
    expect(plan).toEqual({refusals: [], steps: [{migration: one, targets: ['s1', 's2'], isLevel: false}]})
  })

  it.each([
    ['a changed file', [file(1, 'SELECT 99'), two], [done(one)], 'CHANGED', '0001_m.sql'],
    ['a file that is gone', [two], [done(one)], 'MISSING', '0001_m.sql'],
    ['a file in between', files, [done(one), done(three)], 'ORDER', '0002_m.sql'],
  ] as const)('refuses %s, whatever the other targets say', (_what, present, applied, reason, migration) => {
    const plan = planMigrations(present, [
      {target: 's1', applied: []},
      {target: 's2', applied},
    ])
    expect(plan.steps).toEqual([])
    expect(plan.refusals).toMatchObject([{reason, migration, target: 's2', message: expect.stringContaining('s2: ')}])
  })
})

/** What the targets remember after some of the plan: whole steps, then a part of the targets of the next one. */
function interrupted(histories: readonly TargetHistory[], all: readonly Migration[], steps: number, some: number) {
  const plan = planMigrations(all, histories)
  const after = new Map(histories.map(({target, applied}) => [target, [...applied]]))
  for (const [index, step] of plan.steps.slice(0, steps + 1).entries())
    for (const target of index < steps ? step.targets : step.targets.slice(0, some))
      after.get(target)?.push(done(step.migration))
  return [...after].map(([target, applied]) => ({target, applied}))
}

describe('any interrupted run', () => {
  it('is resumed to the same end, in the same order on each target', () =>
    fc.assert(
      fc.property(
        fc.array(fc.nat(6), {minLength: 1, maxLength: 4}),
        fc.array(fc.tuple(fc.nat(6), fc.nat(4)), {maxLength: 4}),
        (prefixes, cuts) => {
          const all = Array.from({length: 6}, (_, index) => file(index + 1))
          let histories: readonly TargetHistory[] = prefixes.map((length, index) => ({
            target: `s${index}`,
            applied: all.slice(0, length).map(done),
          }))
          for (const [steps, some] of cuts) histories = interrupted(histories, all, steps, some)
          histories = interrupted(histories, all, Infinity, 0)
          for (const {applied} of histories) expect(applied).toEqual(all.map(done))
          expect(planMigrations(all, histories)).toEqual({refusals: [], steps: []})
        },
      ),
    ))

  it('leaves targets that began level at most one migration apart', () =>
    fc.assert(
      fc.property(fc.nat(6), fc.nat(6), fc.nat(3), (prefix, steps, some) => {
        const all = Array.from({length: 6}, (_, index) => file(index + 1))
        const histories = ['s1', 's2', 's3'].map(target => ({target, applied: all.slice(0, prefix).map(done)}))
        const lengths = interrupted(histories, all, steps, some).map(({applied}) => applied.length)
        expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1)
      }),
    ))
})

describe('a file', () => {
  it('has the checksum of its text, whatever its line ends', () => {
    expect(migrationOf('0001_a.sql', 'a\r\nb').checksum).toBe(migrationOf('0001_a.sql', 'a\nb').checksum)
    expect(migrationOf('0001_a.sql', 'a\nb').checksum).not.toBe(migrationOf('0001_a.sql', 'a\nb ').checksum)
  })

  it('says in its first line that it runs outside a transaction', () => {
    expect(migrationOf('0001_a.sql', `${noTransactionMark}\r\nVACUUM`).isTransactional).toBe(false)
    expect(migrationOf('0001_a.sql', `SELECT 1\n${noTransactionMark}`).isTransactional).toBe(true)
  })

  it.each(['1_a.sql', '0001-a.sql', '0001_A.sql', '0001_a.SQL', '0001_.sql', '../0001_a.sql'])(
    'may not be called %s',
    name => expect(() => migrationOf(name, '')).toThrow(ShardError),
  )

  it('has a number of its own, and files are in order of them', () => {
    expect(orderedMigrations([three, one, two])).toEqual(files)
    expect(() => orderedMigrations([migrationOf('0001_a.sql', ''), migrationOf('0001_b.sql', '')])).toThrow(
      'one number',
    )
  })
})
