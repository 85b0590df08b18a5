import {describe, expect, it} from 'vitest'
import {fakeArchive, streaming} from '../../../test/fakes/fake-archive.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {untilHealthy} from './until-healthy.ts'

/** Its third member still copies the data. */
function worldOf() {
  const fake = fakeArchive({backups: []})
  fake.members = streaming.map(member => (member.name === 'pg3' ? {...member, state: 'creating replica'} : member))
  const clock = new FakeClock()
  const said: string[] = []
  return {fake, clock, said, lab: {cluster: fake.cluster}, note: (text: string) => void said.push(text)}
}

describe('waiting for full redundancy', () => {
  it('tells every ten seconds what is missing', async () => {
    const {fake, clock, said, lab, note} = worldOf()
    clock.after(25_000, () => (fake.members = streaming))
    expect(await clock.run(untilHealthy(lab, clock, {note, withinMs: 60_000}))).toBe('pg1')
    expect(said).toHaveLength(2)
    expect(said[0]).toMatch(/not fully redundant after 10.*pg3/)
  })

  it('ends, with what is missing', async () => {
    const {clock, lab, note} = worldOf()
    await expect(clock.run(untilHealthy(lab, clock, {note, withinMs: 60_000}))).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      message: expect.stringMatching(/waited 1m 0s .*pg3/) as string,
    })
  })

  it('ends with the signal', async () => {
    const {clock, lab} = worldOf()
    const stop = new AbortController()
    clock.after(1_000, () => stop.abort(new Error('SIGINT')))
    await expect(clock.run(untilHealthy(lab, clock, {signal: stop.signal}))).rejects.toThrow('SIGINT')
    expect(clock.nowMs()).toBe(1_000)
  })

  it('wakes the primary each second where it is told to, and goes on when that fails', async () => {
    const {fake, clock, lab} = worldOf()
    const woken: number[] = []
    const wake = async (primary: string): Promise<void> => {
      woken.push(Math.round(clock.nowMs() / 1_000))
      return Promise.reject(new Error(`${primary} is busy`))
    }
    clock.after(3_100, () => (fake.members = streaming))
    expect(await clock.run(untilHealthy(lab, clock, {wake}))).toBe('pg1')
    expect(woken).toEqual([1, 2, 3])
  })
})
