import {describe, expect, it} from 'vitest'
import {decidePreflight, type PreflightFacts} from './decide-preflight.ts'
import type {SideFacts} from './preflight-sql.ts'

const side = (shard: string, owned: readonly number[]): SideFacts => ({
  version: 170_000,
  isSuperuser: true,
  isStandby: false,
  walLevel: 'logical',
  slots: {max: 10, used: 2},
  senders: {max: 10, used: 2},
  origins: {max: 10, used: 0},
  logicalWorkers: {max: 4, used: 0},
  prepared: [],
  move: null,
  leftovers: [],
  staleCollations: [],
  identityLacksKey: [],
  unlogged: [],
  firingTwice: [],
  foreignKeys: [],
  unfenced: [],
  partitions: [],
  groups: Array.from({length: 64}, (_, group) => ({group, state: owned.includes(group) ? 'o' : 'r', epoch: 1})),
  bytes: 1_000_000,
  shard,
  mapId: 'm',
  standbysNotWaitedFor: [],
  syncsSlots: true,
})

const good: PreflightFacts = {
  source: 's1',
  destination: 's2',
  groups: [1, 2],
  copies: 4,
  sides: {source: side('s1', [0, 1, 2, 3]), destination: side('s2', [])},
  schemaDifference: null,
  referencesDiffer: [],
  rowsThere: [],
  freeBytes: 1e12,
  knowsStandbys: true,
}

const source = (more: Partial<SideFacts>): PreflightFacts => ({
  ...good,
  sides: {...good.sides, source: {...good.sides.source, ...more}},
})
const destination = (more: Partial<SideFacts>): PreflightFacts => ({
  ...good,
  sides: {...good.sides, destination: {...good.sides.destination, ...more}},
})

describe('decidePreflight', () => {
  it('lets a move begin where nothing speaks against it, and tells what it takes', () => {
    expect(decidePreflight(good)).toEqual({refusals: [], warnings: [], bytesEstimated: 500_000})
  })

  const other = {id: 'abc', source: 's1', destination: 's3', groups: [9], phase: 'copied', step: 3, runner: ''}
  it.each<readonly [string, PreflightFacts, string, RegExp]>([
    ['reference tables that differ', {...good, referencesDiffer: ['app.currencies']}, 'REFERENCES', /app\.currencies/],
    ['no superuser', source({isSuperuser: false}), 'SUPERUSER', /s1/],
    ['a standby', destination({isStandby: true}), 'STANDBY', /s2 is a standby/],
    ['another shard at that address', destination({shard: 's7'}), 'WRONG_SHARD', /s7/],
    ['another map', destination({mapId: 'n'}), 'WRONG_SHARD', /different maps/],
    ['PostgreSQL 15', source({version: 150_004}), 'VERSION', /16 is needed/],
    ['wal_level replica', source({walLevel: 'replica'}), 'WAL_LEVEL', /s1.*replica/],
    [
      'wal_level replica on the destination, from where the way back comes',
      destination({walLevel: 'replica'}),
      'WAL_LEVEL',
      /s2/,
    ],
    ['no slot', source({slots: {max: 2, used: 2}}), 'SLOTS', /max_replication_slots \(2\)/],
    [
      'one WAL sender, where the snapshot needs another',
      source({senders: {max: 3, used: 2}}),
      'SENDERS',
      /1 free.*2 needed/,
    ],
    ['no origins for the copies', destination({origins: {max: 4, used: 0}}), 'ORIGINS', /4 replication origins of 5/],
    ['no workers', destination({logicalWorkers: {max: 0, used: 0}}), 'WORKERS', /max_logical_replication_workers/],
    ['a prepared transaction', source({prepared: ['hl:x']}), 'PREPARED', /hl:x/],
    ['another move', source({move: other}), 'MOVE_UNDER_WAY', /move abc from s1 to s3, in phase copied/],
    ['what nobody knows of', destination({leftovers: ['slot hl_move_old']}), 'LEFTOVERS', /hl_move_old/],
    ['an old collation', source({staleCollations: ['database shop']}), 'COLLATION_VERSION', /database shop/],
    ['a table without key', source({identityLacksKey: ['public.t2']}), 'REPLICA_IDENTITY', /public\.t2/],
    ['an unlogged table', source({unlogged: ['public.fast']}), 'UNLOGGED', /public\.fast/],
    ['a trigger that fires twice', destination({firingTwice: ['audit on orders']}), 'TRIGGERS', /audit/],
    ['a foreign key to another group', source({foreignKeys: ['fk of a']}), 'FOREIGN_KEYS', /fk of a/],
    ['a partition without fence', source({unfenced: ['orders_1']}), 'UNFENCED', /orders_1/],
    ['a partition that is not there', source({partitions: ['orders FOR VALUES IN (1)']}), 'PARTITIONS', /VALUES IN/],
    ['a group that the source does not own', {...good, groups: [1, 9]}, 'OWNER', /s1 does not own group 9/],
    ['a group that the destination has', destination({groups: side('s2', [2]).groups}), 'OWNER', /s2.*group 2/],
    ['other schemas', {...good, schemaDifference: 'column x is on s1'}, 'SCHEMA', /column x/],
    ['rows on the destination', {...good, rowsThere: ['public.orders']}, 'ROWS_THERE', /public\.orders/],
    ['no room', {...good, freeBytes: 999_999}, 'DISK', /1 MB free/],
  ])('refuses %s', (_what, facts, reason, message) => {
    const {refusals} = decidePreflight(facts)
    expect(refusals.map(one => one.reason)).toContain(reason)
    expect(refusals.find(one => one.reason === reason)?.message).toMatch(message)
  })

  it('tells every reason, not the first one only', () => {
    const {refusals} = decidePreflight({...source({walLevel: 'replica', prepared: ['x']}), rowsThere: ['t']})
    expect(refusals.map(({reason}) => reason)).toEqual(['WAL_LEVEL', 'PREPARED', 'ROWS_THERE'])
  })

  it.each<readonly [string, PreflightFacts, RegExp]>([
    ['the disk was not asked', {...good, freeBytes: null}, /not known/],
    ['no standbys are named', {...good, knowsStandbys: false}, /not known/],
    ['slots do not survive', source({version: 160_003}), /before PostgreSQL 17/],
    ['the destination could run ahead', source({standbysNotWaitedFor: ['pg2']}), /pg2 .*could run ahead/],
  ])('warns when %s', (_what, facts, warning) => {
    const {refusals, warnings} = decidePreflight(facts)
    expect(refusals).toEqual([])
    expect(warnings.join('; ')).toMatch(warning)
  })
})
