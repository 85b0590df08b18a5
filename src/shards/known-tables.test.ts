// When tables are asked for anew, and when plans are forgotten.
import {describe, expect, it, vi} from 'vitest'
import {KnownTables} from './known-tables.ts'

const played = () => {
  let now = 0
  let row: object = {tables: [], functions: {}, collation: 'C'}
  const ask = vi.fn<() => Promise<unknown>>(async () => row)
  const changed = vi.fn<(tables: object) => void>()
  const failed = vi.fn<(error: unknown) => void>()
  const known = new KnownTables({ask, changed, failed, nowMs: () => now})
  const later = (ms: number): void => {
    now += ms
  }
  const become = (other: object): void => {
    row = other
  }
  return {known, ask, changed, failed, later, become}
}

describe('what is known of tables', () => {
  it('is asked for once for all who wait, and told when it is other than before', async () => {
    const {known, ask, changed, become} = played()
    await Promise.all([known.renew(), known.renew()])
    await known.renew()
    expect([ask.mock.calls.length, changed.mock.calls.length]).toEqual([2, 1])
    become({tables: [], functions: {f: 'i'}, collation: 'C'})
    await known.renew()
    expect(changed).toHaveBeenCalledTimes(2)
  })

  it('is asked for anew when it is old, and kept when that fails', async () => {
    const {known, ask, changed, failed, later} = played()
    await known.renew()
    known.renewIfOld()
    expect(ask).toHaveBeenCalledTimes(1)
    later(60_001)
    ask.mockRejectedValueOnce(new Error('no shard answers'))
    known.renewIfOld()
    known.renewIfOld()
    await expect.poll(() => failed.mock.calls.length).toBe(1)
    expect([ask.mock.calls.length, changed.mock.calls.length]).toEqual([2, 1])
  })
})
