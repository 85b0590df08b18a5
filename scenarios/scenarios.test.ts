import {describe, expect, it} from 'vitest'
import {
  failoverNames,
  failoverScenarios,
  recoveryNames,
  recoveryScenarios,
  scenarioNames,
  scenarios,
  shardNames,
  shardScenarios,
} from './index.ts'
import {checkScenario} from '../src/config/check-scenario.ts'
import {chooseUsers} from '../src/load/sharded/shard-users.ts'
import {natureOf, stepOf, type Scenario} from '../src/model/scenario.ts'
import {firstMap, groupOf, slotOf} from '../src/shards/index.ts'

const all: readonly Scenario[] = Object.values(scenarios)
const failovers: readonly Scenario[] = Object.values({...failoverScenarios, ...shardScenarios})
const recoveries: readonly Scenario[] = Object.values(recoveryScenarios)
const mustFail = ({expect: owed}: Scenario): readonly string[] => (owed.kind === 'failing-checks' ? owed.checks : [])

describe('the set of scenarios', () => {
  it('lists each under its own name, and under the word that runs it', () => {
    expect(scenarioNames).toEqual(all.map(({name}) => name))
    expect([...failoverNames, ...shardNames]).toEqual(all.filter(({kind}) => kind === 'failover').map(({name}) => name))
    expect(recoveryNames).toEqual(all.filter(({kind}) => kind === 'recovery').map(({name}) => name))
  })

  it('holds a control for lost writes and one for split brain, and forbids a failover with and without a fault', () => {
    expect(failovers.filter(one => natureOf(one) === 'control').flatMap(mustFail)).toEqual(
      expect.arrayContaining(['lost-writes', 'split-brain']),
    )
    const forbidden = Object.values<Scenario>(failoverScenarios).filter(({failover}) => failover === 'forbidden')
    expect(new Set(forbidden.map(natureOf))).toEqual(new Set(['fault', 'quiet']))
  })

  it('has controls that name the checks that must reject them', () => {
    for (const one of all) expect(mustFail(one).length > 0, one.name).toBe(natureOf(one) === 'control')
  })

  it('owes that nothing is lost, but in a refusal, the control that leaves a write out, and of shards that are lost', () => {
    expect(all.filter(one => one.objectives.lostWritesMax !== 0).map(({name}) => name)).toEqual([
      'shards-lost',
      'shard-lost',
      'archive-gap',
      'wrong-host',
      'control-one-early',
      'control-segment-missing',
      'control-byte-flipped',
    ])
  })

  it('ends each failover in full redundancy, so that the next trial starts from it', () => {
    for (const scenario of failovers)
      expect(scenario.steps.slice(-2), scenario.name).toContainEqual(
        expect.objectContaining({kind: 'await', until: 'healthy'}),
      )
  })

  it('keeps the short fault below what a lease has left at worst', () => {
    const held = scenarios['short-fault'].steps.find(step => step.kind === 'hold' && step.as === 'fault')
    expect(held?.forMs).toBeLessThan((20 - 5) * 1_000)
  })
})

describe('the scenarios over shards', () => {
  it.each(Object.values<Scenario>(shardScenarios))('$name is one by the rules for those of a person', scenario => {
    expect(checkScenario(scenario)).toEqual(scenario)
  })

  it('hold a control for a row on the wrong shard and one for a half transaction', () => {
    expect(Object.values<Scenario>(shardScenarios).flatMap(mustFail)).toEqual(
      expect.arrayContaining(['rows-on-owner', 'transactions-whole']),
    )
  })
})

describe('the set of recoveries', () => {
  it('has refusals with their code, in words that not every refusal would say', () => {
    for (const {expect: owed, name} of all)
      if (owed.kind === 'refusal') {
        expect(owed.code, name).toMatch(/^[A-Z_]+$/)
        expect(new RegExp(owed.saying ?? '').test(''), name).toBe(false)
      }
    expect(recoveries.filter(one => natureOf(one) === 'refusal').map(({name}) => name)).toEqual([
      'archive-gap',
      'wrong-host',
      'control-segment-missing',
      'control-byte-flipped',
    ])
  })

  it('lists a cluster of the same archive for each restore into a new lab', () => {
    for (const {name, steps, clusters, sharded} of recoveries) {
      const [main, ...others] = clusters
      // What is restored of shards are as many.
      if (sharded !== undefined) continue
      const into = stepOf(steps, 'restore')?.into
      expect(others, name).toEqual(into === 'new-lab' ? [{name: 'restored', settings: {}, archive: main.archive}] : [])
      expect(main.archive, name).not.toBe('none')
    }
  })

  it('writes to no node beside the router', () => {
    for (const {name, load} of recoveries) expect(load.pinnedWritesPerSecond, name).toBe(0)
  })
})

describe('the hot user of the load', () => {
  it('is in the group that shard-isolate gives a shard for itself', () => {
    const map = firstMap(['s1', 's2'])
    const [hot] = chooseUsers(['s1', 's2'], userId => {
      const slot = slotOf('int8', userId)
      return {shard: map.ownerOf(slot), group: groupOf(slot)}
    })
    const [begin] = scenarios['shard-isolate'].steps.filter(step => step.kind === 'move' && step.do === 'begin')
    expect(begin).toMatchObject({move: {what: 'isolate', group: hot?.group}})
  })
})
