import {expect, it} from 'vitest'
import {HlError} from '../src/model/errors.ts'
import {interruptible, watchCrashes} from './interrupt.ts'

const texts = {once: 'stopping', twice: 'left', note: () => undefined}
const listeners = (): number =>
  process.listenerCount('SIGINT') + process.listenerCount('SIGTERM') + process.listenerCount('SIGHUP')
const interrupted = async (signal: AbortSignal): Promise<never> => {
  process.emit('SIGINT', 'SIGINT')
  signal.throwIfAborted()
  throw new Error('was not aborted')
}

it('makes INTERRUPTED of an aborted wait, lets the error of the work pass, and leaves no listener', async () => {
  const before = listeners()
  await expect(interruptible(texts, async () => 7)).resolves.toBe(7)
  await expect(interruptible(texts, interrupted)).rejects.toMatchObject({
    code: 'INTERRUPTED',
    message: 'interrupted by SIGINT',
    exitCode: 130,
  })
  const own = new HlError('HEAL_FAILED', 'not healed', {next: ['hl status']})
  await expect(interruptible(texts, async signal => interrupted(signal).catch(() => Promise.reject(own)))).rejects.toBe(
    own,
  )
  expect(listeners()).toBe(before)
})

it('an error that nobody caught ends the work as Ctrl-C does, and is told after it', async () => {
  const before = process.listeners('uncaughtException')
  const shown: unknown[] = []
  watchCrashes(error => {
    shown.push(error)
    return 70
  })
  const own = process.listeners('uncaughtException').filter(each => !before.includes(each))
  const bug = new Error('from a timer')
  let undone = false
  const crashing = async (signal: AbortSignal): Promise<never> => {
    for (const listener of own) listener(bug, 'uncaughtException')
    await new Promise(resolve => setImmediate(resolve))
    undone = signal.aborted
    throw new HlError('INTERRUPTED', 'every fault is healed', {next: ['look']})
  }
  await expect(interruptible(texts, crashing)).rejects.toBe(bug)
  expect([undone, shown]).toEqual([true, []])
  for (const listener of own) process.off('uncaughtException', listener)
})
