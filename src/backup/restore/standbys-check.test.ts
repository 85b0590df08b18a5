import {describe, expect, it} from 'vitest'
import type {MemberState} from '../../model/topology.ts'
import {standbysCheck} from './standbys-check.ts'

const member = (name: string, state: string | null): MemberState => ({
  name,
  container: state === null ? 'stopped' : 'running',
  role: 'standby',
  state,
  timeline: 2,
  lagBytes: 0,
  replayLagBytes: 0,
})
const stateOf = (primary: string | null, ...members: readonly MemberState[]) => ({lab: 'shop', primary, members})

describe('the standbys of a restored lab', () => {
  it('that all stream are a check that passed', () =>
    expect(
      standbysCheck(
        stateOf('pg1', member('pg1', 'running'), member('pg2', 'streaming'), member('pg3', 'streaming')),
        null,
      ),
    ).toEqual({name: 'standbys', verdict: 'pass', detail: '2 of 2 stream'}))

  it('that do not stream are named with the command that does it, the others are not', () => {
    const {verdict, detail} = standbysCheck(
      stateOf('pg1', member('pg1', 'running'), member('pg2', null), member('pg3', 'streaming')),
      'not made anew: pg2 (no space left)',
    )
    expect([verdict, detail]).toEqual([
      'fail',
      'pg2 does not run (hl nodes rebuild pg2 --lab shop); not made anew: pg2 (no space left)',
    ])
  })

  it('that are on their way are told from those that are not', () => {
    const {detail} = standbysCheck(
      stateOf('pg1', member('pg1', 'running'), member('pg2', null), member('pg3', 'starting')),
      'interrupted by SIGINT',
    )
    expect(detail).toBe(
      'pg2 does not run (hl nodes rebuild pg2 --lab shop); pg3 does not stream yet (if it stays so: hl nodes rebuild pg3 --lab shop); interrupted by SIGINT',
    )
  })

  it('fail with what was seen where it is something else', () => {
    expect(
      standbysCheck(
        stateOf('pg1', member('pg1', 'running'), member('pg2', 'streaming')),
        'no synchronous standby registered',
      ),
    ).toMatchObject({verdict: 'fail', detail: 'no synchronous standby registered'})
    expect(standbysCheck(stateOf(null, member('pg1', 'starting'), member('pg2', null)), 'no primary').detail).toBe(
      'no primary',
    )
  })
})
