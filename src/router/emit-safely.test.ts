import {EventEmitter} from 'node:events'
import {afterEach, expect, test, vi} from 'vitest'
import {emitSafely} from './emit-safely.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

test('what a listener throws is thrown later, where it disturbs nobody', () => {
  const later: (() => void)[] = []
  vi.stubGlobal('queueMicrotask', (task: () => void) => later.push(task))
  const emitter = new EventEmitter()
  emitter.on('acquire', () => {
    throw new Error('of the listener')
  })
  expect(() => emitSafely(emitter, 'acquire', 1, 2)).not.toThrow()
  expect(later).toHaveLength(1)
  expect(later[0]).toThrow('of the listener')
})

test('listeners get all that is told', () => {
  const emitter = new EventEmitter()
  const heard = vi.fn()
  emitter.on('release', heard)
  emitSafely(emitter, 'release', undefined, 'client')
  expect(heard.mock.calls).toEqual([[undefined, 'client']])
})
