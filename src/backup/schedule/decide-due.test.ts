import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {formatTime, parseTime} from '../restore/parse-time.ts'
import {decideDue, type Due, type Outcome, type ScheduleSettings, type Situation, type TaskName} from './decide-due.ts'

const hour = 3_600_000
const zero = parseTime('2026-11-24T00:00:00Z') ?? 0
const at = (hours: number): string => formatTime(zero + hours * hour)
let positions = 0n

const backup = (id: string, hours: number, change: Partial<BackupRecord> = {}): BackupRecord =>
  backupOf({
    id,
    startLsn: `0/${(0x200_0028n + positions).toString(16)}`,
    stopLsn: `0/${(0x200_0100n + positions++).toString(16)}`,
    startedAt: at(hours),
    stoppedAt: at(hours),
    ...change,
  })
const outcome = (task: TaskName, hours: number, ok: boolean, about: string | null = null): Outcome => ({
  task,
  at: at(hours),
  ok,
  durationMs: 1,
  detail: '',
  backup: about,
})
const situation = (hours: number, backups: readonly BackupRecord[], change: Partial<Situation> = {}): Situation => ({
  nowEpochMs: zero + hours * hour,
  listing: {
    systemIdentifier: '7',
    segmentBytes: 16_777_216,
    files: [],
    histories: new Map([[2, '1\t0/4000000\tno recovery target specified\n']]),
    backups,
  },
  timeline: 1,
  outcomes: [],
  ...change,
})
const namesOf = (due: readonly Due[]): string =>
  due.map(({task, backup: id}) => (id === undefined ? task : `${task} ${id}`)).join(', ')
const good = (hours: number): BackupRecord['verified'] => ({at: at(hours), ok: true, detail: ''})

const daily: ScheduleSettings = {
  fullEveryMs: 24 * hour,
  incrementalEveryMs: hour,
  verifyEveryMs: 48 * hour,
  restoreEveryMs: 24 * hour,
}

describe('what is due', () => {
  it.each<readonly [string, Situation, ScheduleSettings, string]>([
    ['a full backup where there is none', situation(0, []), daily, 'full'],
    ['nothing where nothing is asked for', situation(99, [backup('f', 0)]), {}, ''],
    [
      'verification and a restore of the first one',
      situation(0.5, [backup('f', 0)]),
      daily,
      'verify f, verify-restore',
    ],
    [
      'an incremental one when the newest is old enough',
      situation(1, [backup('f', 0, {verified: good(0)})], {outcomes: [outcome('verify-restore', 0, true)]}),
      daily,
      'incremental',
    ],
    [
      'a full one when the newest full one is old enough, whatever came since',
      situation(24, [backup('f', 0, {verified: good(0)}), backup('i', 23.9, {parent: 'f', verified: good(23)})], {
        outcomes: [outcome('verify-restore', 23, true)],
      }),
      daily,
      'full',
    ],
    [
      'a full one at once after a switch of the timeline',
      situation(0.1, [backup('f', 0, {verified: good(0)})], {
        timeline: 2,
        outcomes: [outcome('verify-restore', 0, true)],
      }),
      daily,
      'full',
    ],
    [
      'the same where only incremental ones are asked for',
      situation(0.1, [backup('f', 0)], {timeline: 2}),
      {incrementalEveryMs: hour},
      'full',
    ],
    [
      'a full one when the newest was found damaged',
      situation(0.1, [backup('f', 0, {verified: {at: at(0), ok: false, detail: ''}})]),
      {incrementalEveryMs: hour},
      'full',
    ],
    [
      'no backup and no restore while there is no primary',
      situation(30, [backup('f', 0, {verified: good(29)})], {timeline: null}),
      daily,
      '',
    ],
    [
      'the verification that waits longest',
      situation(1, [backup('a', 0, {verified: good(-50)}), backup('b', 0.5, {verified: good(-60)}), backup('c', 0.6)]),
      {verifyEveryMs: 48 * hour},
      'verify c',
    ],
    [
      'another one while that one fails',
      situation(1, [backup('a', 0, {verified: good(-50)}), backup('c', 0.6)], {
        outcomes: [outcome('verify', 1, false, 'c')],
      }),
      {verifyEveryMs: 48 * hour},
      'verify a',
    ],
    [
      'retention when there is something to remove',
      situation(3, [backup('a', 0), backup('b', 2)]),
      {retention: {keepFull: 1}},
      'prune',
    ],
    ['no retention when there is not', situation(3, [backup('b', 2)]), {retention: {keepFull: 1}}, ''],
    [
      'a restore when the last is old enough',
      situation(24, [backup('f', 23)], {outcomes: [outcome('verify-restore', 0, true)]}),
      {restoreEveryMs: 24 * hour},
      'verify-restore',
    ],
    [
      'an incremental one while a full one fails',
      situation(24, [backup('f', 0), backup('i', 22, {parent: 'f'})], {outcomes: [outcome('full', 24, false)]}),
      {fullEveryMs: 24 * hour, incrementalEveryMs: hour},
      'incremental',
    ],
    [
      'no incremental one while a full one fails that must be',
      situation(24, [backup('f', 0)], {timeline: 2, outcomes: [outcome('full', 24, false)]}),
      {fullEveryMs: 24 * hour, incrementalEveryMs: hour},
      '',
    ],
  ])('is %s', (_what, now, settings, expected) => expect(namesOf(decideDue(now, settings))).toBe(expected))

  it('again after a failure is later each time, an hour at most', () => {
    const failures = (count: number): readonly Outcome[] => Array.from({length: count}, () => outcome('full', 0, false))
    const waits = (count: number, minutes: number): boolean =>
      decideDue(situation(minutes / 60, [], {outcomes: [outcome('full', -9, true), ...failures(count)]}), daily)
        .length === 0
    expect(
      [
        [1, 0.9],
        [1, 1],
        [2, 1.9],
        [2, 2],
        [3, 3.9],
        [3, 4],
        [40, 59.9],
        [40, 60],
      ].map(([count = 0, minutes = 0]) => waits(count, minutes)),
    ).toEqual([true, false, true, false, true, false, true, false])
  })
})

describe('a schedule', () => {
  const interval = fc.option(
    fc.integer({min: 1, max: 72}).map(hours => hours * hour),
    {nil: undefined},
  )
  const settingsOf = fc.record({
    fullEveryMs: interval,
    incrementalEveryMs: interval,
    verifyEveryMs: interval,
    restoreEveryMs: interval,
    retention: fc.option(fc.record({keepFull: fc.integer({min: 1, max: 3})}), {nil: undefined}),
  })
  const steps = fc.array(
    fc.record({
      hours: fc.integer({min: 0, max: 30}),
      fails: fc.boolean(),
      switches: fc.integer({min: 0, max: 9}).map(number => number === 0),
    }),
    {maxLength: 12},
  )

  /** What the world looks like after a task that went well. */
  const done = (now: Situation, {task, backup: id}: Due, serial: number): Situation => {
    const hours = (now.nowEpochMs - zero) / hour
    const {listing} = now
    // Of two that end at one moment the one with the later name counts as the newer.
    const made = (): readonly BackupRecord[] => [
      ...listing.backups,
      backup(`b${String(serial).padStart(6, '0')}`, hours, {
        timeline: now.timeline ?? 1,
        ...(task === 'incremental' ? {parent: listing.backups.at(-1)?.id ?? null} : {}),
      }),
    ]
    const backups =
      task === 'full' || task === 'incremental'
        ? made()
        : task === 'verify'
          ? listing.backups.map(record => (record.id === id ? {...record, verified: good(hours)} : record))
          : listing.backups
    return {...now, listing: {...listing, backups}, outcomes: [...now.outcomes, outcome(task, hours, true, id ?? null)]}
  }
  const histories = (timeline: number): ArchiveListing['histories'] =>
    new Map(
      Array.from({length: timeline - 1}, (_, index) => [
        index + 2,
        Array.from({length: index + 1}, (_entry, one) => `${one + 1}\t0/${(0x4000_0000 + one).toString(16)}\tx`).join(
          '\n',
        ),
      ]),
    )

  it('never has two backups due, no incremental one across a timeline, and comes to an end when all goes well', () => {
    fc.assert(
      fc.property(settingsOf, steps, ({retention, ...settings}, course) => {
        let now = situation(0, [])
        let serial = 0
        for (const {hours, fails, switches} of course) {
          const timeline = (now.timeline ?? 1) + (switches ? 1 : 0)
          now = {
            ...now,
            nowEpochMs: now.nowEpochMs + hours * hour,
            timeline,
            listing: {...now.listing, histories: histories(timeline)},
          }
          const mostTasks = 4 + 2 * now.listing.backups.length
          for (let rounds = 0; ; rounds++) {
            const due = decideDue(now, settings)
            const [first] = due
            if (first === undefined) break
            expect(rounds).toBeLessThan(mostTasks)
            expect(due.filter(({task}) => task === 'full' || task === 'incremental').length).toBeLessThan(2)
            if (first.task === 'incremental') expect(now.listing.backups.at(-1)?.timeline).toBe(timeline)
            now = fails
              ? {
                  ...now,
                  outcomes: [
                    ...now.outcomes,
                    outcome(first.task, (now.nowEpochMs - zero) / hour, false, first.backup ?? null),
                  ],
                }
              : done(now, first, serial++)
          }
          const waits = now.outcomes.findLast(({task}) => task === 'full')?.ok === false
          if (!fails && !waits && (settings.fullEveryMs !== undefined || settings.incrementalEveryMs !== undefined))
            expect(now.listing.backups.at(-1)?.timeline).toBe(timeline)
        }
        expect(decideDue(now, {retention}).every(({task}) => task === 'prune')).toBe(true)
      }),
    )
  })

  it('does not forget: what is due stays due until it is done, apart from a full one that takes the place of an incremental one', () => {
    fc.assert(
      fc.property(
        settingsOf,
        fc.array(fc.integer({min: 0, max: 60}), {minLength: 1, maxLength: 4}),
        fc.integer({min: 0, max: 60}),
        fc.integer({min: 0, max: 60}),
        (settings, ages, now, later) => {
          const backups = ages.toSorted((a, b) => a - b).map((hours, index) => backup(`b${index}`, hours))
          const first = decideDue(situation(60 + now, backups), settings).map(({task}) => task)
          const second = decideDue(situation(60 + now + later, backups), settings).map(({task}) => task)
          for (const task of first)
            expect(second.includes(task) || (task === 'incremental' && second.includes('full'))).toBe(true)
        },
      ),
    )
  })
})
