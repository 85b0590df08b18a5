import {loadModule, parseSync} from 'libpg-query'
import {describe, expect, it} from 'vitest'
import {identityQuestion, parseIdentity, parseStatistics, statisticsQuestion} from './node-questions.ts'

await loadModule()

it.each([identityQuestion, statisticsQuestion])('the questions are PostgreSQL, one statement each: %.30s', text =>
  expect((parseSync(text) as {readonly stmts: readonly unknown[]}).stmts).toHaveLength(1),
)

/** As json_build_object gives it on a primary of PostgreSQL 17. */
const identity = {
  inRecovery: false,
  systemIdentifier: '7561234567890123456',
  timeline: 3,
  lsn: '0/5000148',
  replayLsn: null,
  activity: 'd41d8cd98f00b204e9800998ecf8427e',
  replayAgeS: null,
}
const statistics = {
  receiver: null,
  standbys: [{name: 'pg2', state: 'streaming', sync: 'sync', writeLsn: '0/5000148'}],
  slots: [{slot: 'pg2', kind: 'physical', active: true, walStatus: 'reserved', retainedBytes: 328}],
  walBytes: 83886080,
  archiver: {archived: 4, failed: 0, isFailing: false, readyFiles: 0},
  prepared: [{database: 'hl', count: 1, oldestS: 12.5}],
  preparedMax: 50,
  connections: 6,
  connectionsMax: 197,
  databases: [{database: 'hl', bytes: 7643619}],
}

describe('what a node says', () => {
  it('of itself is read', () =>
    expect(parseIdentity(identity)).toEqual({...identity, lsn: 0x5000148n, replayLsn: null}))
  it('of a standby that has received nothing since its start is not known', () =>
    expect(parseIdentity({...identity, inRecovery: true, lsn: null, activity: null})).toMatchObject({
      lsn: null,
      activity: null,
    }))
  it.each([
    ['streaming', true],
    ['waiting', false],
    ['none', false],
    [null, null],
  ])('a receiver that is %s streams: %s', (receiver, streams) =>
    expect(parseStatistics({...statistics, receiver}).receiverStreams).toBe(streams),
  )
  it('of what it does is read', () =>
    expect(parseStatistics(statistics)).toMatchObject({
      standbys: [{name: 'pg2', writeLsn: 0x5000148n}],
      slots: statistics.slots,
      archiver: statistics.archiver,
      prepared: statistics.prepared,
      databases: statistics.databases,
    }))
  it('without an archiver has none', () => expect(parseStatistics({...statistics, archiver: null}).archiver).toBeNull())

  it.each<readonly [string, () => unknown]>([
    ['no answer', () => parseIdentity(undefined)],
    ['no role', () => parseIdentity({...identity, inRecovery: null})],
    ['no views', () => parseStatistics(undefined)],
    ['no slots', () => parseStatistics({...statistics, slots: null})],
    ['a slot that does not say whether it is read', () => parseStatistics({...statistics, slots: [{slot: 'a'}]})],
    ['a count that is no number', () => parseStatistics({...statistics, connections: '6'})],
  ])('is not believed where it is %s', (_what, read) => expect(read).toThrow())
})
