import {describe, expect, it} from 'vitest'
import {ownerPromised, requireReached, type Ran} from './move-reached.ts'

const move = {id: 'a1', groups: [3, 4], from: 's1', to: 's2', phase: null} as const

describe('what was promised', () => {
  it.each<readonly [Ran, 'settled' | null, string | null]>([
    ['move', 'settled', 's2'],
    // It came to its end while its process waited for a server.
    ['move', null, 's2'],
    ['finish', null, 's2'],
    ['resume', 'settled', 's2'],
    ['resume', null, null],
    ['abort', null, 's1'],
    ['rollback', null, 's1'],
  ])('by %s, which ended in %s', (ran, phase, owner) => expect(ownerPromised({...move, phase}, ran)).toBe(owner))

  it('is asked of the shard that should own the groups', async () => {
    const asked: string[] = []
    const ask = (owned: readonly number[]) => async (shard: string) => {
      asked.push(shard)
      return owned
    }
    await expect(requireReached(move, 'finish', ask([3, 4, 5]))).resolves.toBeUndefined()
    await expect(requireReached(move, 'abort', ask([3, 4]))).resolves.toBeUndefined()
    await expect(requireReached(move, 'resume', ask([]))).resolves.toBeUndefined()
    expect(asked).toEqual(['s2', 's1'])
  })

  it('and was not reached: somebody has aborted the move meanwhile', async () => {
    await expect(requireReached(move, 'move', async () => [5])).rejects.toMatchObject({
      code: 'MOVE_STOPPED',
      message: expect.stringContaining('s2 does not own groups 3-4 after move a1') as string,
    })
  })
})
