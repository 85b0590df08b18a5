import {describe, expect, it} from 'vitest'
import {fakeArchive} from '../../test/fakes/fake-archive.ts'
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

  it('ends at Ctrl-C', async () => {
    const {cluster} = fakeArchive({backups: [fullBackup('a', 1)], programs: behind})
    const clock = new FakeClock()
    const stop = new AbortController()
    clock.after(1_000, () => stop.abort(new Error('SIGINT')))
    await expect(clock.run(flushWal(cluster, clock, {signal: stop.signal}))).rejects.toThrow('SIGINT')
    expect(clock.nowMs()).toBe(1_000)
  })
})
