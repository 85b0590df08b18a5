import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {scenarios} from '../../scenarios/index.ts'
import {HlError} from '../model/errors.ts'
import {checkScenario} from './check-scenario.ts'

const good = scenarios['primary-crash']
const baseline = {kind: 'hold', forMs: 1_000, as: 'baseline'}
const crash = {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}}
const heal = {kind: 'heal', id: 'crash'}

function complaint(value: unknown): string {
  try {
    checkScenario(value)
  } catch (error) {
    if (error instanceof HlError && error.code === 'SCENARIO_INVALID') return error.message
    throw error
  }
  return 'accepted'
}

describe('checkScenario', () => {
  it.each(Object.entries(scenarios))('takes %s as it is', (name, scenario) => {
    expect(checkScenario(scenario)).toEqual(scenario)
    expect(scenario.name).toBe(name)
  })

  it.each<[string, unknown, string]>([
    ['no object', 7, 'the scenario: must be an object, not 7'],
    ['a missing field', {...good, summary: undefined}, 'summary: must be a text, not undefined'],
    ['an unknown field', {...good, rto: 1}, 'rto: is not a known field'],
    [
      'a wrong nature',
      {...good, nature: 'Fault'},
      'nature: must be one of fault, planned, quiet, control, not "Fault"',
    ],
    [
      'a wrong target',
      {...good, steps: [baseline, {...crash, fault: {kind: 'kill-container', target: {select: 'leader'}}}, heal]},
      'steps[1].fault.target.select: must be one of primary,',
    ],
    [
      'a missing deadline',
      {...good, steps: [baseline, crash, {kind: 'await', until: 'writable'}, heal]},
      'steps[2].withinMs: is missing',
    ],
    [
      'an endless deadline',
      {...good, steps: [baseline, crash, {kind: 'await', until: 'writable', withinMs: Infinity}, heal]},
      'steps[2].withinMs: must be a number',
    ],
    ['a prototype field as a tag', {...good, steps: [{kind: 'constructor'}]}, 'steps[0].kind: must be one of hold'],
    ['no baseline', {...good, steps: [crash, heal]}, 'no hold as baseline before the first fault'],
    [
      'a baseline after the fault only',
      {...good, steps: [crash, baseline, heal]},
      'no hold as baseline before the first fault',
    ],
    ['an id twice', {...good, steps: [baseline, crash, heal, crash, heal]}, 'steps[3].id: crash is there already'],
    [
      'a heal of nothing',
      {...good, steps: [baseline, crash, {kind: 'heal', id: 'cut'}, heal]},
      'steps[2].id: nothing called cut is injected',
    ],
    ['a heal before its fault', {...good, steps: [baseline, heal, crash]}, 'steps[1].id: nothing called crash'],
    ['a fault that stays', {...good, steps: [baseline, crash]}, 'steps: crash is never healed'],
    [
      'a fault called all',
      {...good, steps: [baseline, {...crash, id: 'all'}, {kind: 'heal', id: 'all'}]},
      'steps[1].id: "all"',
    ],
    [
      'an empty cut',
      {
        ...good,
        steps: [
          baseline,
          {...crash, fault: {kind: 'partition', target: {select: 'primary'}, from: [], direction: 'both'}},
          heal,
        ],
      },
      'steps[1].fault.from: is empty',
    ],
    [
      'a wait for a new primary before any fault',
      {...good, steps: [baseline, {kind: 'await', until: 'new-primary', withinMs: 1}, crash, heal]},
      'steps[1].until',
    ],
    ['a control without checks', {...good, nature: 'control'}, 'mustFail: a control names'],
    ['checks without a control', {...good, mustFail: ['lost-writes']}, 'mustFail: only a control'],
    ['a quiet run that may fail over', {...good, nature: 'quiet'}, 'failover: must be forbidden'],
    [
      'timing that Patroni would change',
      {...good, cluster: {...good.cluster, settings: {loopWaitS: 15}}},
      'loop_wait + 2 * retry_timeout',
    ],
  ])('refuses %s', (_, value, expected) => {
    expect(complaint(value)).toContain(expected)
  })

  it('takes heal all and a switchover without a fault', () => {
    expect(complaint({...good, steps: [baseline, crash, {kind: 'heal', id: 'all'}]})).toBe('accepted')
    expect(complaint({...good, steps: [baseline, {kind: 'switchover', to: {select: 'sync-standby'}}]})).toBe('accepted')
  })

  it('throws nothing but SCENARIO_INVALID, whatever it is given', () => {
    const hole = fc.anything({
      withBigInt: true,
      withNullPrototype: true,
      withSparseArray: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
    })
    const broken = fc
      .tuple(fc.constantFrom(...Object.keys(good)), hole)
      .map(([key, value]) => ({...good, [key]: value}))
    const brokenStep = fc
      .tuple(fc.nat({max: good.steps.length - 1}), hole)
      .map(([at, value]) => ({...good, steps: good.steps.map((step, index) => (index === at ? value : step))}))
    fc.assert(
      fc.property(fc.oneof(hole, broken, brokenStep), value => void complaint(value)),
      {numRuns: 1_000},
    )
  })

  it('survives a value that refuses to be read', () => {
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    expect(complaint(hostile)).toBe('the scenario: cannot be read')
  })
})
