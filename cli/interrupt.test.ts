import {expect, it} from 'vitest'
import {HlError} from '../src/model/errors.ts'
import {interruptible} from './interrupt.ts'

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
