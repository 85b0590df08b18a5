// When a folder is kept, of measurements on the fake cluster.
import {beforeAll, describe, expect, it} from 'vitest'
import {fakeService} from '../../test/fakes/fake-service.ts'
import {judgeRun, type Measured} from './judge-requests.ts'
import {keepFailed, reportOf, type Keeping} from './keep-measured.ts'
import type {KeepPlace} from './keep-run.ts'

const place = {runs: '.hl/runs', secrets: []} as unknown as KeepPlace
let [good, bad] = [null, null] as unknown as [Measured, Measured]
beforeAll(async () => {
  const [waits, givesUp] = [fakeService('waits'), fakeService('gives-up')]
  good = await waits.measuredOf(waits.failover)
  bad = await givesUp.measuredOf(givesUp.failover)
})

const keeping = (keep: Keeping['keep'], fails = false): Keeping => ({
  keep,
  place,
  keepRun: async run => {
    if (fails) throw new Error('no space left')
    return {report: judgeRun(run), folder: '/kept'}
  },
})

describe('the folder of a measurement', () => {
  it.each([
    ['failed', false, null],
    ['failed', true, '/kept'],
    ['always', false, '/kept'],
    ['never', true, null],
  ] as const)('with %s, of one with failed requests %s: %s', async (keep, isBad, folder) =>
    expect((await reportOf(isBad ? bad : good, keeping(keep))).folder).toBe(folder),
  )

  it('that cannot be kept takes no report away, unless it must be kept', async () => {
    expect((await reportOf(bad, keeping('failed', true))).folder).toBeNull()
    await expect(reportOf(bad, keeping('always', true))).rejects.toThrow('no space left')
  })

  it.each([
    [keeping('failed'), 'no; what was seen of it is in /kept'],
    [keeping('failed', true), 'no; what was seen of it could not be kept: no space left'],
    [keeping('never'), 'no'],
  ])('of one that rejects is named by its error', async (how, message) => {
    const error = new Error('no')
    await keepFailed(bad, error, how)
    expect(error.message).toBe(message)
  })
})
