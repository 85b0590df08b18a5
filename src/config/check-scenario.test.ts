import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {scenarios} from '../../scenarios/index.ts'
import {HlError} from '../model/errors.ts'
import {isWayBack, type Scenario, type Step} from '../model/scenario.ts'
import {checkScenario} from './check-scenario.ts'

const good = scenarios['primary-crash']
const baseline = {kind: 'hold', forMs: 1_000, as: 'baseline'}
const crash = {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}}
const heal = {kind: 'heal', id: 'crash'}
const recovery = scenarios['dropped-table']
const backup = {kind: 'backup', backup: 'full'}
const drop = {kind: 'disaster', disaster: {kind: 'drop-table'}}
const disasterStep = (kind: string): unknown => ({kind: 'disaster', disaster: {kind}})
const restore = {kind: 'restore', target: 'before-disaster', into: 'new-lab'}
const latest = {...restore, target: 'latest'}
const oneCluster = recovery.clusters.slice(0, 1)
const refusal = {kind: 'refusal', code: 'ARCHIVE_GAP'}

const shipped: fc.Arbitrary<Omit<Scenario, 'steps'> & {readonly steps: readonly unknown[]}> = fc.constantFrom(
  ...Object.values(scenarios),
)

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

  it('tells all that is wrong with the fields at once, each with its place', () => {
    const eight = {
      ...good,
      summary: '',
      kind: 'outage',
      rto: 1,
      failover: 'maybe',
      clusters: [{...good.clusters[0], settings: {ttlS: 5, parameters: {work_mem: null}}}],
      steps: [baseline, {...crash, id: 'A B'}, {kind: 'await', until: 'never'}],
    }
    expect(
      complaint(eight)
        .split('\n')
        .map(line => line.replace(/:.*/, '')),
    ).toEqual([
      'rto',
      'kind',
      'summary',
      'failover',
      'clusters[0].settings.ttlS',
      'clusters[0].settings.parameters.work_mem',
      'steps[1].id',
      'steps[2].until',
      'steps[2].withinMs',
    ])
  })

  it.each<[string, unknown, string]>([
    ['no object', 7, 'the scenario: must be an object, not 7'],
    ['a missing field', {...good, summary: undefined}, 'summary: must be a text, not undefined'],
    ['an unknown field', {...good, rto: 1}, 'rto: is not a known field'],
    ['a wrong kind', {...good, kind: 'Failover'}, 'kind: must be one of failover, recovery, not "Failover"'],
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
    [
      'a control without checks',
      {...good, expect: {kind: 'failing-checks', checks: []}},
      'expect.checks: a control names',
    ],
    [
      'checks without a control',
      {...good, expect: {kind: 'recovery', checks: ['lost-writes']}},
      'expect.checks: is not a known field',
    ],
    ['a quiet run that may fail over', {...good, steps: [baseline]}, 'failover: must be forbidden'],
    ['no cluster', {...good, clusters: []}, 'clusters: must hold the cluster'],
    [
      'two clusters of a failover',
      {...good, clusters: [...good.clusters, ...good.clusters]},
      'clusters[1]: a failover',
    ],
    [
      'a refusal of nothing',
      {...good, expect: {kind: 'refusal', code: 'ARCHIVE_GAP'}},
      'expect.kind: a refusal is of a restore',
    ],
    ['a code in lower case', {...good, expect: {kind: 'refusal', code: 'gap'}}, 'expect.code: must be a code'],
    [
      'words that any refusal says',
      {...good, expect: {kind: 'refusal', code: 'ARCHIVE_GAP', saying: '.*'}},
      'expect.saying: matches the empty text',
    ],
    [
      'words that are no expression',
      {...good, expect: {kind: 'refusal', code: 'ARCHIVE_GAP', saying: '('}},
      'expect.saying: must be the source',
    ],
    ['a disaster of a failover', {...good, steps: [baseline, drop, restore]}, 'steps[1].kind: only a scenario of kind'],
    [
      'timing that Patroni would change',
      {...good, clusters: [{name: 'main', settings: {loopWaitS: 15}, archive: 'none'}]},
      'loop_wait + 2 * retry_timeout',
    ],
  ])('refuses %s', (_, value, expected) => {
    expect(complaint(value)).toContain(expected)
  })

  it('takes heal all and a switchover without a fault', () => {
    expect(complaint({...good, steps: [baseline, crash, {kind: 'heal', id: 'all'}]})).toBe('accepted')
    expect(complaint({...good, steps: [baseline, {kind: 'switchover', to: {select: 'sync-standby'}}]})).toBe('accepted')
  })

  it.each<[string, unknown, string]>([
    ['a restore without a backup', {steps: [baseline, drop, restore]}, 'steps[2]: there is no full backup before it'],
    [
      'an incremental backup of nothing',
      {steps: [baseline, {...backup, backup: 'incremental'}, backup, drop, restore]},
      'steps[1].backup: there is no full backup',
    ],
    [
      'backups without an archive',
      {clusters: recovery.clusters.map(cluster => ({...cluster, archive: 'none'}))},
      'clusters[0].archive: steps[1] (backup) needs an archive',
    ],
    [
      'a restore before the disaster',
      {steps: [baseline, backup, restore, drop]},
      'steps[2].target: before-disaster needs',
    ],
    ['a restore of what was not lost', {steps: [baseline, backup, latest]}, 'steps[2]: no disaster comes before it'],
    ['a disaster that stays', {steps: [baseline, backup, drop]}, 'steps[2]: no restore, recover-table or rebuild'],
    ['two disasters', {steps: [baseline, backup, drop, drop, restore]}, 'steps: more than one disaster'],
    ['two ways back', {steps: [baseline, backup, drop, restore, restore]}, 'steps: more than one of restore'],
    ['steps after the way back', {steps: [baseline, backup, drop, restore, backup]}, 'steps[4]: only a hold may come'],
    ['no baseline before a disaster', {steps: [backup, drop, baseline, restore]}, 'no hold as baseline'],
    [
      'a table out of a copy that nobody made',
      {steps: [baseline, backup, drop, {kind: 'recover-table', from: 'delayed-copy'}], clusters: oneCluster},
      'steps[3].from: no delayed-copy step',
    ],
    [
      'a table brought back over rows that are there',
      {
        steps: [baseline, backup, disasterStep('update-without-where'), {kind: 'recover-table', from: 'archive'}],
        clusters: oneCluster,
      },
      'steps[3]: recover-table needs a disaster before it that is one of drop-table',
    ],
    [
      'a rebuild of no node',
      {steps: [baseline, backup, drop, {kind: 'rebuild'}], clusters: oneCluster},
      'steps[3]: rebuild needs a disaster before it that is one of lose-primary-volume, corrupt-page',
    ],
    [
      'a loss that no statement made, undone in time',
      {steps: [baseline, backup, disasterStep('lose-cluster'), restore]},
      'steps[3].target: before-disaster needs',
    ],
    [
      'a restore in place of a lab that is gone',
      {steps: [baseline, backup, disasterStep('lose-cluster'), {...latest, into: 'in-place'}], clusters: oneCluster},
      'steps[3].into: after lose-cluster',
    ],
    [
      'a restore over the lab that runs',
      {steps: [baseline, backup, drop, {...restore, into: 'running-lab'}], clusters: oneCluster},
      'steps[3].into: a restore over the lab that runs',
    ],
    [
      'a sabotage of nothing',
      {steps: [baseline, backup, drop, restore, {kind: 'sabotage', sabotage: {kind: 'byte-flipped'}}]},
      'steps[4]: no restore comes after it',
    ],
    [
      'one transaction before the end of all',
      {steps: [baseline, backup, drop, {kind: 'sabotage', sabotage: {kind: 'one-early'}}, latest]},
      'steps[3].sabotage: one-early needs a restore',
    ],
    ['a new lab that is not listed', {clusters: oneCluster}, 'clusters[1]: is missing'],
    [
      'a second cluster that nothing makes',
      {steps: [baseline, backup, drop, {...restore, into: 'in-place'}]},
      'clusters[1]: no step restores into a new lab',
    ],
    ['writes to one node', {load: {}}, 'load.pinnedWritesPerSecond: must be 0'],
    [
      'a recovery of nothing',
      {steps: [baseline, crash, heal], clusters: oneCluster},
      'steps: a recovery has a disaster',
    ],
    ['a fault that stays', {steps: [baseline, backup, crash, drop, restore]}, 'steps: crash is never healed'],
  ])('refuses %s in a recovery', (_, changes, expected) => {
    expect(complaint({...recovery, ...(changes as object)})).toContain(expected)
  })

  it('takes a recovery with a fault, and a refusal without a disaster', () => {
    expect(complaint({...recovery, steps: [baseline, backup, crash, heal, drop, restore]})).toBe('accepted')
    expect(complaint({...recovery, expect: refusal, steps: [baseline, backup, latest]})).toBe('accepted')
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
      .tuple(shipped, fc.constantFrom(...Object.keys(good)), hole)
      .map(([scenario, key, value]) => ({...scenario, [key]: value}))
    const brokenStep = fc
      .tuple(shipped, fc.nat(), hole)
      .map(([scenario, at, value]) => ({...scenario, steps: scenario.steps.with(at % scenario.steps.length, value)}))
    fc.assert(
      fc.property(fc.oneof(hole, broken, brokenStep), value => void complaint(value)),
      {numRuns: 1_000},
    )
  })

  it('answers any order and choice of known steps, and takes none whose faults or disasters stay', () => {
    const known = fc.constantFrom(...Object.values(scenarios).flatMap(({steps}): readonly Step[] => steps))
    fc.assert(
      fc.property(shipped, fc.array(known, {maxLength: 8}), (scenario, steps) => {
        const answer = complaint({...scenario, steps})
        if (answer !== 'accepted') return
        const disasterAt = steps.findIndex(({kind}) => kind === 'disaster')
        expect(disasterAt === -1 || steps.slice(disasterAt).some(isWayBack)).toBe(true)
        const lastHeal = steps.findLastIndex(({kind}) => kind === 'heal')
        expect(steps.findLastIndex(({kind}) => kind === 'inject')).toBeLessThanOrEqual(Math.max(lastHeal, -1))
        expect(checkScenario({...scenario, steps})).toEqual({...scenario, steps})
      }),
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
