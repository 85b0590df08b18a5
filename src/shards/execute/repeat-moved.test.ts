// What is sent again after a refusal of the fence, and what the map learns of it.
import {describe, expect, it, vi} from 'vitest'
import {repeatMoved} from './repeat-moved.ts'

const refusal = (state: string): Error =>
  Object.assign(new Error('slot 192 is not written on this shard'), {
    code: 'HL001',
    severity: 'ERROR',
    detail: JSON.stringify({slot: 192, group: 3, epoch: 2, owner: 'b', state}),
  })
const watched = () => ({learn: vi.fn<(placement: object) => void>(), kick: vi.fn<() => void>()})

describe('a statement that the fence refused', () => {
  it('is sent again, and the map learns the owner', async () => {
    const watch = watched()
    const work = vi.fn<() => Promise<string>>().mockRejectedValueOnce(refusal('r')).mockResolvedValue('done')
    expect(await repeatMoved(watch, 10_000, work)).toBe('done')
    expect(watch.learn.mock.calls).toEqual([[{group: 3, shard: 'b', epoch: 2}]])
  })

  it('since its group is moving waits, and takes nobody for the owner yet', async () => {
    const watch = watched()
    const work = vi.fn<() => Promise<string>>().mockRejectedValueOnce(refusal('m')).mockResolvedValue('done')
    expect(await repeatMoved(watch, 10_000, work)).toBe('done')
    expect([watch.learn.mock.calls.length, watch.kick.mock.calls.length]).toEqual([0, 1])
  })

  it('is refused with MOVED when nobody takes it', async () => {
    const work = vi.fn<() => Promise<never>>().mockRejectedValue(refusal('m'))
    await expect(repeatMoved(watched(), 20, work)).rejects.toMatchObject({code: 'MOVED', outcome: 'not-applied'})
    expect(work.mock.calls.length).toBeGreaterThan(1)
  })

  it.each([
    ['another error', new Error('no'), () => true],
    ['another’s SQLSTATE without its DETAIL', Object.assign(refusal('r'), {detail: 'x'}), () => true],
    ['what may have had an effect', refusal('r'), () => false],
  ])('is told to the caller at once for %s', async (_, error, mayRepeat) => {
    const work = vi.fn<() => Promise<never>>().mockRejectedValue(error)
    await expect(repeatMoved(watched(), 10_000, work, mayRepeat)).rejects.toBe(error)
    expect(work).toHaveBeenCalledTimes(1)
  })
})
