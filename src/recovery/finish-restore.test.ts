import {describe, expect, it} from 'vitest'
import {fakeArchive, streaming, type FakeArchive} from '../../test/fakes/fake-archive.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {finishRestore} from './finish-restore.ts'

const copying = streaming.map(member => (member.name === 'pg3' ? {...member, state: 'creating replica'} : member))
const restored = {endLsn: 1n, lastCommit: null, copiedBytes: 1, said: [], isPaused: false, offending: null}

function worldOf(signal?: AbortSignal) {
  const fake: FakeArchive = fakeArchive({backups: []})
  fake.members = copying
  const clock = new FakeClock()
  const said: string[] = []
  const ports = {clock, signal, note: (text: string) => void said.push(text)}
  const lab = {cluster: fake.cluster}
  return {fake, clock, said, ports, lab}
}

describe('waiting for the standbys of a restored lab', () => {
  it('is a check that failed when one never comes, and the primary is verified all the same', async () => {
    const {clock, ports, lab} = worldOf()
    const {checks} = await clock.run(finishRestore(ports, {lab, restored, startStandbys: async () => undefined}, 0))
    expect(checks.filter(({verdict}) => verdict === 'fail').map(({name}) => name)).toEqual(['standbys'])
    expect(checks.length).toBeGreaterThan(4)
  })

  it('is INTERRUPTED at Ctrl-C: the restore is done, and not verified', async () => {
    const stop = new AbortController()
    const {clock, ports, lab} = worldOf(stop.signal)
    clock.after(5_000, () => stop.abort('SIGINT'))
    const work = finishRestore(ports, {lab, restored, startStandbys: async () => undefined}, 0)
    await expect(clock.run(work)).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringContaining('restored, but was not verified') as string,
    })
    expect(clock.nowMs()).toBeLessThan(6_000)
  })
})
