import {describe, expect, it} from 'vitest'
import type {ClusterState, MemberState, Role} from '../model/topology.ts'
import {chooseSource} from './choose-source.ts'

const member = (
  name: string,
  role: Role,
  state: string | null = role === 'primary' ? 'running' : 'streaming',
): MemberState => ({name, container: 'running', role, state, timeline: 1, lagBytes: 0, replayLagBytes: 0})
const stateOf = (...members: readonly MemberState[]): ClusterState => ({
  lab: 'lab',
  members,
  dcs: [],
  lease: {owner: 'pg1', expiresInMs: 1},
  primary: members.find(({role}) => role === 'primary')?.name ?? null,
  syncStandbys: [],
  timeline: 1,
  paused: false,
})

const whole = stateOf(member('pg1', 'primary'), member('pg2', 'sync standby'), member('pg3', 'standby'))

describe('the node that a backup is taken from', () => {
  it.each([
    ['a standby that no commit waits for', whole, undefined, 'pg3'],
    [
      'the synchronous one where there is no other',
      stateOf(member('pg1', 'primary'), member('pg2', 'sync standby'), member('pg3', 'unknown', null)),
      undefined,
      'pg2',
    ],
    [
      'the primary where no standby streams',
      stateOf(member('pg1', 'primary'), member('pg2', 'standby', 'starting')),
      undefined,
      'pg1',
    ],
    ['the primary when it is asked for', whole, 'primary', 'pg1'],
    ['a member by name', whole, 'pg2', 'pg2'],
  ])('is %s', (_what, state, wanted, expected) => expect(chooseSource(state, wanted)).toBe(expected))

  it.each([
    ['a name that no member has', whole, 'pg9', 'NODE_UNKNOWN'],
    [
      'a member that does not answer',
      stateOf(member('pg1', 'primary'), member('pg2', 'unknown', null)),
      'pg2',
      'LAB_UNHEALTHY',
    ],
    ['a standby where none streams', stateOf(member('pg1', 'primary')), 'standby', 'LAB_UNHEALTHY'],
    ['the primary where there is none', stateOf(member('pg2', 'standby')), 'primary', 'LAB_UNHEALTHY'],
    ['nobody where nobody answers', stateOf(member('pg1', 'unknown', null)), undefined, 'LAB_UNHEALTHY'],
  ])('is not %s', (_what, state, wanted, code) =>
    expect(() => chooseSource(state, wanted)).toThrow(expect.objectContaining({code}) as Error),
  )
})
