import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {BackupRecord} from '../../model/backup.ts'
import {backupSamples} from '../../monitor/samples/backup-samples.ts'
import {formatTime, parseTime} from '../restore/parse-time.ts'
import {decideDue, taskNames, type Outcome} from './decide-due.ts'
import {shortenJournal} from './shorten-journal.ts'

const zero = parseTime('2026-11-24T00:00:00Z') ?? 0
const minute = 60_000
const at = (minutes: number): string => formatTime(zero + minutes * minute)
const backups: readonly BackupRecord[] = ['a', 'b'].map((id, index) =>
  backupOf({
    id,
    startLsn: `0/${2 + index}000028`,
    stopLsn: `0/${2 + index}000100`,
    startedAt: at(0),
    stoppedAt: at(0),
  }),
)
const known = new Set(['a', 'b'])
const listing = {
  systemIdentifier: '7',
  segmentBytes: 16_777_216,
  files: [],
  histories: new Map<number, string>(),
  backups,
}
const outcomes = fc
  .array(
    fc.record({task: fc.constantFrom(...taskNames), ok: fc.boolean(), backup: fc.constantFrom('a', 'b', 'gone')}),
    {maxLength: 60},
  )
  .map(all =>
    all.map(({task, ok, backup}, index): Outcome => ({
      task,
      ok,
      at: at(index),
      durationMs: 1,
      detail: '',
      backup: task === 'prune' ? null : backup,
    })),
  )

describe('a journal that was shortened', () => {
  it('leaves due what was due, whenever that is asked', () => {
    fc.assert(
      fc.property(outcomes, fc.integer({min: 0, max: 200}), (all, later) => {
        const due = (some: readonly Outcome[]) =>
          decideDue(
            {nowEpochMs: zero + (60 + later) * minute, listing, timeline: 1, outcomes: some},
            {
              fullEveryMs: minute,
              incrementalEveryMs: minute,
              verifyEveryMs: minute,
              restoreEveryMs: 90 * minute,
              retention: {keepFull: 1},
            },
          )
        expect(due(shortenJournal(all, known))).toEqual(due(all))
      }),
    )
  })

  it('counts the same, also when it is shortened again and goes on', () => {
    fc.assert(
      fc.property(outcomes, fc.nat(60), (all, cut) => {
        const state = {lab: 'lab', cluster: 'hl', listing, lagBytes: null, lagSeconds: null, lastCommitEpochMs: null}
        const told = (some: readonly Outcome[]) => backupSamples({...state, outcomes: some})
        const twice = shortenJournal([...shortenJournal(all.slice(0, cut), known), ...all.slice(cut)], known)
        expect(told(twice)).toEqual(told(all))
      }),
    )
  })

  it('has at most three lines of a task, and one more for each backup whose verification fails', () => {
    fc.assert(
      fc.property(outcomes, all => {
        expect(shortenJournal([...all, ...all, ...all], known).length).toBeLessThanOrEqual(
          3 * taskNames.length + known.size,
        )
      }),
    )
  })
})
