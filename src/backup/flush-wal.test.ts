import {describe, expect, it} from 'vitest'
import {fakeArchive, type FakeArchive} from '../../test/fakes/fake-archive.ts'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {flushWal} from './flush-wal.ts'

/** The primary is a segment further than the archive. */
const behind = {psql: {stdout: '7|1|0/5000000|1767225600000'}}

describe('bringing WAL into the archive', () => {
  it('is done when the archive holds it', async () => {
    const {cluster} = fakeArchive({backups: [fullBackup('a', 1)]})
    const clock = new FakeClock()
    expect(await clock.run(flushWal(cluster, clock))).toMatchObject({systemIdentifier: '7', lsn: 0x400_0000n})
  })

  it('ends with how far the archive is', async () => {
    const {cluster} = fakeArchive({backups: [fullBackup('a', 1)], programs: behind})
    const clock = new FakeClock()
    await expect(clock.run(flushWal(cluster, clock, {withinMs: 3_000}))).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('up to 0/5000000; last seen: the archive has it up to') as string,
    })
  })

  it.each<readonly [string, (fake: FakeArchive) => void, number, string]>([
    [
      'as soon as the archiver gives up, with the reason of the archive',
      fake => {
        let failures = 7
        fake.refused.push({name: '000000010000000000000004', why: 'another one is there already'})
        fake.programs['psql'] = async () =>
          Promise.resolve(
            fake.log.at(-1)?.includes('pg_stat_archiver') === true
              ? {stdout: `000000010000000000000004|2026-11-29 02:00:00+00|${failures++}`}
              : behind.psql,
          )
      },
      4_000,
      'pg1 cannot archive 000000010000000000000004 (last tried 2026-11-29 02:00:00+00): another one is there already',
    ],
    [
      'where what came in is damaged already',
      fake => {
        fake.programs['psql'] = {stdout: '7|1|0/4000000|1767225600000'}
        fake.damage.set('000000010000000000000003', {lastRecord: null, why: 'a bit is another'})
      },
      0,
      'timeline 1: 000000010000000000000003 is damaged: a bit is another',
    ],
  ])('ends at once %s', async (_, change, mostMs, message) => {
    const fake = fakeArchive({backups: [fullBackup('a', 1)]})
    change(fake)
    const clock = new FakeClock()
    await expect(clock.run(flushWal(fake.cluster, clock))).rejects.toMatchObject({code: 'LAB_UNHEALTHY', message})
    expect(clock.nowMs()).toBeLessThanOrEqual(mostMs)
  })

  it('ends at Ctrl-C', async () => {
    const {cluster} = fakeArchive({backups: [fullBackup('a', 1)], programs: behind})
    const clock = new FakeClock()
    const stop = new AbortController()
    clock.after(1_000, () => stop.abort(new Error('SIGINT')))
    await expect(clock.run(flushWal(cluster, clock, {signal: stop.signal}))).rejects.toThrow('SIGINT')
    expect(clock.nowMs()).toBe(1_000)
  })
})
