import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../../test/fakes/fake-cluster.ts'
import {scenarios} from '../../../scenarios/index.ts'
import type {Scenario, Step, StepKind} from '../../model/scenario.ts'
import type {Planning} from './step-kind.ts'
import {labelOf, withinMsOf} from './step-kinds.ts'

const clock = new FakeClock()
const state = await clock.run(new FakeCluster(clock, {synchronousMode: 'on'}).state())
const there: Planning = {state, open: 2}
const notYet: Planning = {state: null, open: 0}

/** Of every kind at least one; label and deadline in the lab that is there. */
const table: Readonly<Record<StepKind, readonly (readonly [Step, string, number])[]>> = {
  'hold': [[{kind: 'hold', forMs: 3_000, as: 'fault'}, 'hold 3.00 s (fault)', 3_000]],
  'inject': [
    [
      {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
      'inject crash: kill-container pg1 (primary)',
      45_000,
    ],
    [
      {
        kind: 'inject',
        id: 'cut',
        fault: {kind: 'partition', target: {select: 'named', name: 'pg3'}, from: ['dcs', 'members'], direction: 'in'},
      },
      'inject cut: partition pg3 from dcs, members (in only)',
      45_000,
    ],
  ],
  'heal': [
    [{kind: 'heal', id: 'crash'}, 'heal crash', 120_000],
    [{kind: 'heal', id: 'all'}, 'heal all', 240_000],
  ],
  'await': [[{kind: 'await', until: 'writable', withinMs: 60_000}, 'await writable within 1m 0s', 60_000]],
  'switchover': [
    [{kind: 'switchover', to: {select: 'sync-standby'}}, 'switch over to pg2 (sync-standby)', 60_000],
    [{kind: 'switchover'}, 'switch over to the standby that Patroni chooses', 60_000],
  ],
  'backup': [[{kind: 'backup', backup: 'incremental'}, 'incremental backup under load', 900_000]],
  'backup-during-failover': [
    [{kind: 'backup-during-failover'}, 'full backup, and the primary is killed meanwhile', 900_000],
  ],
  'delayed-copy': [[{kind: 'delayed-copy', delayMs: 600_000}, 'a recovery copy that follows 10m 0s behind', 900_000]],
  'disaster': [
    [{kind: 'disaster', disaster: {kind: 'drop-table'}}, 'DROP TABLE on a table that is needed', 300_000],
    [{kind: 'disaster', disaster: {kind: 'update-without-where'}}, 'UPDATE without WHERE', 300_000],
    [{kind: 'disaster', disaster: {kind: 'lose-primary-volume'}}, 'the primary and its volume are gone', 300_000],
    [
      {kind: 'disaster', disaster: {kind: 'lose-cluster'}},
      'every node, its volume and etcd are gone at one moment',
      300_000,
    ],
    [
      {kind: 'disaster', disaster: {kind: 'corrupt-page'}},
      'a page of a table is damaged on the disk of the primary',
      300_000,
    ],
  ],
  'sabotage': [
    [{kind: 'sabotage', sabotage: {kind: 'one-late'}}, 'restore one transaction too many', 900_000],
    [{kind: 'sabotage', sabotage: {kind: 'one-early'}}, 'restore one transaction too few', 900_000],
    [
      {kind: 'sabotage', sabotage: {kind: 'segment-missing', when: 'before-plan'}},
      'have a WAL segment go missing from the archive',
      900_000,
    ],
    [{kind: 'sabotage', sabotage: {kind: 'byte-flipped'}}, 'flip a byte of the backup', 900_000],
  ],
  'restore': [
    [
      {kind: 'restore', target: 'latest', into: 'new-lab'},
      'restore as far as the archive goes into a new lab',
      900_000,
    ],
    [
      {kind: 'restore', target: 'barrier', into: 'new-lab'},
      'restore all shards to the newest barrier into a new lab',
      900_000,
    ],
    [{kind: 'restore', target: 'before-disaster', into: 'in-place'}, 'restore to just before it in place', 900_000],
    [
      {kind: 'restore', target: 'latest', into: 'running-lab'},
      'restore as far as the archive goes over the lab that runs',
      900_000,
    ],
  ],
  'barrier': [[{kind: 'barrier'}, 'a barrier over all shards', 120_000]],
  'recover-table': [
    [{kind: 'recover-table', from: 'archive'}, 'bring the table back out of a copy made from the archive', 900_000],
    [{kind: 'recover-table', from: 'delayed-copy'}, 'bring the table back out of the delayed copy', 900_000],
  ],
  'begin-commit': [
    [{kind: 'begin-commit', at: 'prepared'}, 'a client stops where its commit over two shards is prepared', 60_000],
  ],
  'kill-client': [[{kind: 'kill-client'}, 'kill the client that stopped in its commit', 10_000]],
  'resolve-in-doubt': [
    [{kind: 'resolve-in-doubt'}, 'end what is left prepared, as the recorded decisions say', 60_000],
  ],
  'plant': [
    [{kind: 'plant', what: 'row-on-wrong-shard'}, 'put a row on a shard that does not own it', 60_000],
    [{kind: 'plant', what: 'half-transaction'}, 'commit half of a transaction over two shards', 60_000],
  ],
  'move': [
    [
      {kind: 'move', do: 'begin', move: {what: 'rebalance', weights: {s1: 1, s2: 3}}, stopBefore: 'fence'},
      'move the groups by weights s1=1, s2=3, held before fence',
      420_000,
    ],
    [{kind: 'move', do: 'go-on'}, 'let the move go on', 420_000],
    [{kind: 'move', do: 'second'}, 'a second engineer begins the same move, and must be refused', 420_000],
    [{kind: 'move', do: 'rollback'}, 'roll the move back', 420_000],
  ],
  'stale-client': [
    [{kind: 'stale-client', do: 'wake'}, 'the frozen client wakes, and writes with its old map', 60_000],
  ],
  'rebuild': [[{kind: 'rebuild'}, 'go on with the others, and rebuild the node', 900_000]],
}

describe('the plan of a step', () => {
  it.each(Object.values(table).flat())('%j is told as %s', (step, label, withinMs) =>
    expect([labelOf(step, there), withinMsOf(step, there)]).toEqual([label, withinMs]),
  )

  it('names no node of a lab that is not there yet', () => {
    expect(
      labelOf({kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}}, notYet),
    ).toBe('inject crash: kill-container the primary of the new lab')
  })

  it('says something of every step that comes with hl, and has a deadline', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values<Scenario>(scenarios).flatMap(({steps}) => steps)),
        fc.constantFrom(there, notYet),
        (step, planning) => {
          expect(labelOf(step, planning).length).toBeGreaterThan(3)
          expect(withinMsOf(step, {...planning, open: 1})).toBeGreaterThan(0)
        },
      ),
    )
  })
})
