import {describe, expect, it} from 'vitest'
import {healthyCluster} from '../test/golden/fixture-cluster.ts'
import {defaultSettings, type MemberState} from '../src/model/topology.ts'
import {plainTheme} from '../src/report/theme.ts'
import {answerOf, isWrong, type Seen} from './status-answer.ts'
import {statusScreen} from './view/status-screen.ts'

/** The healthy cluster with another pg3, and faults in place. */
const seen = (pg3: Partial<MemberState> = {}, faults: readonly string[] = []): Seen => ({
  conditions: [],
  clusters: [
    {
      name: 'hl',
      settings: defaultSettings,
      faults,
      state: {
        ...healthyCluster,
        members: healthyCluster.members.map(member => (member.name === 'pg3' ? {...member, ...pg3} : member)),
      },
    },
  ],
})
const screen = ({clusters: [first]}: Seen): string =>
  first === undefined
    ? ''
    : statusScreen(first.state, first.settings, {
        theme: plainTheme,
        profile: 'patroni-3',
        ports: {},
        faults: first.faults,
      })

describe('a lab', () => {
  it('is healthy when all is well', () => {
    expect(screen(seen())).toContain('  healthy  ')
    expect(isWrong(seen())).toBe(false)
  })

  it('with a fault in place is not called healthy, however well it bears it', () => {
    const weakened = seen({}, ['pg3 is slow'])
    expect(screen(weakened)).not.toContain('healthy')
    expect(screen(weakened)).toMatch(/ a fault is in place [^]*hint: hl faults heal --all/)
    expect([isWrong(weakened), answerOf(weakened, 'lab').problems]).toEqual([true, []])
  })

  it('with a standby that Patroni would not promote is not healthy', () => {
    const late = seen({lagBytes: 10_276_044})
    expect(screen(late)).toContain('not healthy')
    expect(answerOf(late, 'lab').problems).toEqual([
      'pg3: 9.8 MB behind, and Patroni promotes none that is more than 1 MB behind (maximum_lag_on_failover)',
    ])
    expect(isWrong(late)).toBe(true)
  })

  it('tells what is not known of a standby as unknown, and not as nothing', () =>
    expect(screen(seen({lagBytes: null, replayLagBytes: null}))).toMatch(/^pg3 .* unknown +unknown /m))
})
