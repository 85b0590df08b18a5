import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import type {BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {parseTime} from '../restore/parse-time.ts'
import type {Due, Outcome} from './decide-due.ts'
import {parseJournal} from './journal.ts'
import {runSchedule, type Work} from './run-schedule.ts'

/** A world in which a task does this; a full backup that is taken is there afterwards. */
function worldOf(clock: FakeClock, does: (due: Due, count: number) => void) {
  const backups: BackupRecord[] = []
  const outcomes: Outcome[] = []
  const notes: string[] = []
  let count = 0
  const work: Work = {
    look: async () =>
      Promise.resolve({
        nowEpochMs: parseTime(clock.wallTime()) ?? 0,
        listing: {systemIdentifier: '7', segmentBytes: 16, files: [], histories: new Map(), backups: [...backups]},
        timeline: 1,
        outcomes,
      }),
    carryOut: async due => {
      await clock.wait(1_000)
      does(due, ++count)
      backups.push(
        backupOf({
          id: `b${count}`,
          serverVersion: '17',
          startLsn: '0/2000028',
          stopLsn: '0/2000100',
          startedAt: clock.wallTime(),
          stoppedAt: clock.wallTime(),
        }),
      )
      return {ok: true, detail: 'taken', backup: `b${count}`}
    },
    remember: async outcome => void outcomes.push(outcome),
    tell: () => undefined,
    note: text => void notes.push(text),
  }
  return {work, outcomes, notes}
}
const settings = {fullEveryMs: 3_600_000}
const failing = (): never => {
  throw new HlError('BACKUP_FAILED', 'no room', {next: ['make some']})
}
const never = new AbortController().signal

describe('the service', () => {
  it('with --once does what is due, and ends', async () => {
    const clock = new FakeClock()
    const {work, outcomes} = worldOf(clock, () => undefined)
    expect(await clock.run(runSchedule(work, clock, {settings, once: true, signal: never}))).toEqual({
      done: 1,
      failed: 0,
      postponed: 0,
    })
    expect(outcomes).toEqual([
      {task: 'full', at: '2026-01-01T00:00:01.000Z', ok: true, durationMs: 1_000, detail: 'taken', backup: 'b1'},
    ])
  })

  it('with --once does a thing once, however short its interval is', async () => {
    const clock = new FakeClock()
    const {work} = worldOf(clock, () => undefined)
    expect(await clock.run(runSchedule(work, clock, {settings: {fullEveryMs: 0}, once: true, signal: never}))).toEqual({
      done: 1,
      failed: 0,
      postponed: 0,
    })
  })

  it('goes on after a failure, tries again, and ends between two tasks when it is told to', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    const {work, outcomes} = worldOf(clock, (_due, count) => (count === 1 ? failing() : undefined))
    clock.after(3 * 3_600_000 + 120_000, () => stop.abort('SIGINT'))
    expect(await clock.run(runSchedule(work, clock, {settings, once: false, signal: stop.signal}))).toEqual({
      done: 4,
      failed: 1,
      postponed: 0,
    })
    expect(outcomes.map(({ok, detail}) => `${ok} ${detail}`)).toEqual([
      'false BACKUP_FAILED: no room',
      'true taken',
      'true taken',
      'true taken',
      'true taken',
    ])
  })

  it('waits for a lab that somebody else works on, says so once, and counts no failure', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    const {work, outcomes, notes} = worldOf(clock, (_due, count) => {
      if (count <= 3) throw new HlError('LAB_BUSY', 'taken', {next: ['wait']})
    })
    clock.after(60_000, () => stop.abort('SIGINT'))
    expect(await clock.run(runSchedule(work, clock, {settings, once: false, signal: stop.signal}))).toEqual({
      done: 1,
      failed: 0,
      postponed: 3,
    })
    expect(outcomes).toHaveLength(1)
    expect(notes).toEqual(['full waits: somebody else works on the lab'])
  })

  it('does not prune while there is a recovery copy, says so once, and does what else is due', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    const {work, outcomes, notes} = worldOf(clock, () => undefined)
    const copied: Work = {...work, look: async () => ({...(await work.look()), hasCopy: true})}
    clock.after(3 * 3_600_000, () => stop.abort('SIGINT'))
    expect(
      await clock.run(
        runSchedule(copied, clock, {
          settings: {...settings, retention: {keepFull: 1}},
          once: false,
          signal: stop.signal,
        }),
      ),
    ).toEqual({done: 3, failed: 0, postponed: 1})
    expect(outcomes.map(({task}) => task)).toEqual(['full', 'full', 'full'])
    expect(notes).toEqual([expect.stringMatching(/^prune waits: the lab has a recovery copy/) as string])
  })

  it('goes on while it cannot look, and with --once does not', async () => {
    const clock = new FakeClock()
    const stop = new AbortController()
    const {work, notes} = worldOf(clock, () => undefined)
    const blind: Work = {...work, look: async () => Promise.reject(new Error('no answer'))}
    clock.after(60_000, () => stop.abort('SIGINT'))
    expect(await clock.run(runSchedule(blind, clock, {settings, once: false, signal: stop.signal}))).toEqual({
      done: 0,
      failed: 0,
      postponed: 0,
    })
    expect(notes).toEqual(['cannot look: no answer'])
    await expect(clock.run(runSchedule(blind, clock, {settings, once: true, signal: never}))).rejects.toThrow(
      'no answer',
    )
  })
})

it('the journal is read line by line; what was torn is left out', () => {
  const line: Outcome = {
    task: 'verify-restore',
    at: '2026-11-24T00:00:00Z',
    ok: false,
    durationMs: 5,
    detail: 'a "b"',
    backup: null,
  }
  expect(
    parseJournal(
      `\n${JSON.stringify(line)}\n{"task":"full","at":"2026-1\n${JSON.stringify({...line, backup: 'x', times: 3, more: 1})}\n${JSON.stringify({...line, task: 'other'})}\nnull\n`,
    ),
  ).toEqual([line, {...line, backup: 'x', times: 3}])
})
