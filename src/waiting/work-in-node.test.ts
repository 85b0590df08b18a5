import {describe, expect, it} from 'vitest'
import type {RestoreNode} from '../model/ports.ts'
import {untilAborted, workInNode} from './work-in-node.ts'

/** Whose programs run until it is removed, and are killed then. */
function nodeOf(): {readonly node: RestoreNode; readonly removed: () => number} {
  let removed = 0
  let kill = (): void => undefined
  const killed = new Promise<void>(resolve => {
    kill = resolve
  })
  return {
    removed: () => removed,
    node: {
      exec: async () => killed.then(() => ({exitCode: 137, stdout: '', stderr: ''})),
      remove: async () => {
        removed += 1
        kill()
        return Promise.resolve()
      },
    },
  }
}

describe('work in a container', () => {
  it.each([
    ['ends', async () => Promise.resolve('done'), 'done'],
    ['fails', async () => Promise.reject(new Error('bad')), 'bad'],
  ] as const)('that %s leaves none', async (_what, work, said) => {
    const {node, removed} = nodeOf()
    expect(await workInNode<string>(node, undefined, work).catch((error: unknown) => (error as Error).message)).toBe(
      said,
    )
    expect(removed()).toBe(1)
  })

  it('ends when the container is taken away at an abort, with the reason and not with what the program said', async () => {
    const {node, removed} = nodeOf()
    const stop = new AbortController()
    const working = workInNode(node, stop.signal, async () => {
      const {exitCode} = await node.exec(['sleep'], {timeoutMs: 1})
      throw new Error(`exit ${exitCode}`)
    })
    stop.abort('SIGINT')
    await expect(working).rejects.toBe('SIGINT')
    expect(removed()).toBeGreaterThan(0)
  })

  it('does not begin after an abort', async () => {
    const {node, removed} = nodeOf()
    let began = false
    await expect(
      workInNode(node, AbortSignal.abort('SIGINT'), async () => Promise.resolve(void (began = true))),
    ).rejects.toBe('SIGINT')
    expect([began, removed()]).toEqual([false, 1])
  })
})

describe('work that an abort ends', () => {
  it('is stopped, begins nothing more, and returns when it was stopped', async () => {
    const controller = new AbortController()
    const told: string[] = []
    const counting: RestoreNode = {
      exec: async argv => {
        told.push(argv[0] ?? '')
        return Promise.resolve({exitCode: 0, stdout: '', stderr: ''})
      },
      remove: async () => Promise.resolve(),
    }
    const stop = async (): Promise<void> => {
      await Promise.resolve()
      told.push('stopped')
    }
    const work = untilAborted(counting, controller.signal, stop, async stoppable => {
      await stoppable.exec(['one'], {timeoutMs: 1})
      controller.abort(new Error('SIGINT'))
      await stoppable.exec(['two'], {timeoutMs: 1})
    })
    await expect(work).rejects.toThrow('SIGINT')
    expect(told).toEqual(['one', 'stopped'])
  })

  it('passes on an error of its own', async () => {
    const {signal} = new AbortController()
    await expect(
      untilAborted(
        nodeOf().node,
        signal,
        async () => Promise.resolve(),
        async () => Promise.reject(new Error('own')),
      ),
    ).rejects.toThrow('own')
  })
})
