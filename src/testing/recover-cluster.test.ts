import {describe, expect, it} from 'vitest'
import {requireTarget} from '../recovery/restore-request.ts'
import {wantedTarget, type RestoreTo} from './recover-cluster.ts'

describe('where a restore of a test ends', () => {
  it.each<[RestoreTo, unknown]>([
    ['latest', {to: 'latest'}],
    [{to: new Date('2026-01-02T03:04:05.678Z')}, {to: '2026-01-02T03:04:05.678Z'}],
    [{to: '2026-01-02T03:04:05+01:00'}, {to: '2026-01-02T03:04:05+01:00'}],
    [{beforeDrop: 'public.orders'}, {beforeDrop: 'public.orders'}],
    [{toName: 'before'}, {toName: 'before'}],
  ])('%j', (target, wanted) => {
    expect(wantedTarget(target)).toEqual(wanted)
    expect(() => requireTarget(wantedTarget(target))).not.toThrow()
  })

  it.each<RestoreTo>([{to: '2026-01-02 03:04:05'}, {toLsn: 'x'}, {beforeDrop: ''}])('%j is refused', target =>
    expect(() => requireTarget(wantedTarget(target))).toThrow(expect.objectContaining({code: 'TARGET_INVALID'})),
  )
})
