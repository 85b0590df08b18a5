import {afterEach, expect, it, vi} from 'vitest'
import {watching} from './watching.ts'

const wasTTY = process.stdout.isTTY
afterEach(() => {
  process.stdout.isTTY = wasTTY
  vi.restoreAllMocks()
})

it('shows each look in the place of the one before, and ends at Ctrl-C with the last', async () => {
  const written: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation(text => written.push(String(text)) > 0)
  process.stdout.isTTY = true
  let looks = 0
  const last = await watching(
    async () => Promise.resolve(++looks),
    look => {
      if (look === 2) queueMicrotask(() => process.emit('SIGINT'))
      return `look ${look}`
    },
  )
  expect(last).toBe(2)
  // Its own sequence, not one that was made printable.
  expect(written).toEqual(['\u001b[2J\u001b[H', 'look 1\n', '\u001b[2J\u001b[H', 'look 2\n'])
})
