import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {failoverScenarios as scenarios} from '../../scenarios/index.ts'
import {HlError} from '../../src/model/errors.ts'
import type {RunEvent} from '../../src/model/run-event.ts'
import type {Scenario} from '../../src/model/scenario.ts'
import {defaultSettings, healthProblems} from '../../src/model/topology.ts'
import {plainTheme} from '../../src/report/theme.ts'
import {toText} from '../../src/report/to-text.ts'
import type {RunResult} from '../../src/experiment/walk.ts'
import {fakeLab} from './fake-world.ts'
import type {FakeLab} from './fake-world.ts'
import {impatientCrash} from './impatient-crash.ts'

const all = Object.values<Scenario>(scenarios)
const anyScenario = fc.constantFrom(...all)
const anySeed = fc.nat({max: 0xffff_ffff})

/** What is wrong with the judgement of this run; empty when it came out as it must. */
async function complaints(scenario: Scenario, seed: number): Promise<readonly string[]> {
  const lab = await fakeLab(scenario, seed)
  const result = await lab.run()
  const report = lab.judged(result)
  const bad = report.checks
    .filter(check => check.verdict !== 'pass')
    .map(check => `${check.name}: ${check.verdict}, ${check.detail}`)
  const ended =
    result.ending.kind === 'done' && result.undoFailures.length === 0 && result.healthy
      ? []
      : [`ended ${JSON.stringify(result)}`]
  if (scenario.expect.kind !== 'failing-checks') return [...ended, ...bad]
  return report.verdict === 'fail' && report.controlHeld === true
    ? ended
    : [...ended, `control not held by ${bad.join('; ')}`]
}

function told(lab: FakeLab, kind: RunEvent['kind']): readonly string[] {
  return lab.events.flatMap(event => (event.kind === kind && 'fault' in event ? [event.fault] : []))
}

/** Faults that were commanded and of which no heal was seen. */
function unhealed(lab: FakeLab): readonly string[] {
  const healed = told(lab, 'heal.verified')
  return told(lab, 'fault.commanded').filter(fault => !healed.includes(fault))
}

describe('every scenario on the fake cluster', () => {
  it.each(all)('$name comes out as it must', async scenario => {
    expect(await complaints(scenario, 1)).toEqual([])
  })

  it.each(all)('$name tells where the time of an outage went: at most a tenth is unattributed', async scenario => {
    const lab = await fakeLab(scenario, 1)
    const {rto} = lab.judged(await lab.run())
    const unattributedMs = rto?.parts.find(({name}) => name === 'unattributed')?.ms ?? 0
    expect(unattributedMs).toBeLessThanOrEqual((rto?.ms ?? 0) / 10)
  })

  it.each([
    ['short-fault', ['held']],
    ['full-stop', ['held', 'restart']],
    ['dcs-quorum-loss', ['held']],
    ['postgres-crash', ['restart']],
    ['sync-standby-crash', ['sync-wait']],
  ] as const)('%s spends most of it on %j', async (name, expected) => {
    const lab = await fakeLab(scenarios[name], 1)
    const {rto} = lab.judged(await lab.run())
    const most = rto?.parts.filter(({ms}) => ms > (rto.ms ?? 0) * 0.1).map(part => part.name)
    expect(most).toEqual(expected)
  })

  it('comes out the same way whatever the phase of the fault', {timeout: 60_000}, async () => {
    await fc.assert(
      fc.asyncProperty(anyScenario, anySeed, async (scenario, seed) => {
        expect(await complaints(scenario, seed)).toEqual([])
      }),
      {numRuns: 200},
    )
  })

  it('takes the same course for the same seed', async () => {
    const [a, b] = [await fakeLab(scenarios['primary-crash'], 7), await fakeLab(scenarios['primary-crash'], 7)]
    await a.run()
    await b.run()
    expect(a.events).toEqual(b.events)
    expect(a.ops).toEqual(b.ops)
  })
})

describe('a run', () => {
  it('fails over once in primary-crash, and tells redundancy after the heal', async () => {
    const lab = await fakeLab(scenarios['primary-crash'])
    await lab.run()
    const kinds = lab.events.map(event => event.kind)
    expect(lab.cluster.calls).toEqual(['kill pg1', 'start pg1'])
    expect(lab.events.filter(event => event.kind === 'lease.changed').at(-1)).toMatchObject({to: 'pg2'})
    expect(kinds.filter(kind => kind === 'cluster.healthy')).toHaveLength(1)
    expect(kinds.indexOf('cluster.healthy')).toBeGreaterThan(kinds.indexOf('heal.verified'))
  })

  it.each(['no-fault', 'short-fault', 'dcs-leader-crash', 'primary-cut-from-dcs-failsafe'] as const)(
    'leaves the primary where it is in %s',
    async name => {
      const lab = await fakeLab(scenarios[name])
      await lab.run()
      expect(
        lab.events
          .flatMap(event => (event.kind === 'lease.changed' && event.to !== null ? [event.to] : []))
          .filter(owner => owner !== 'pg1'),
      ).toEqual([])
    },
  )

  it('numbers its events as the stored scenario numbers its steps, the drawn hold included', async () => {
    const lab = await fakeLab(scenarios['primary-crash'], 3)
    const {record} = await lab.run()
    const started = lab.events.flatMap(event => (event.kind === 'step.started' ? [event.step] : []))
    expect(started).toEqual(record.scenario.steps.map((_, index) => index))
    expect(record.scenario.steps[1]).toEqual({kind: 'hold', forMs: lab.plan.phaseMs, as: 'baseline'})
  })

  it('keeps the record before the load starts and again with the final state', async () => {
    const lab = await fakeLab(scenarios['no-fault'])
    const result = await lab.run()
    expect(lab.saved.map(record => record.final === null)).toEqual([true, false])
    expect(lab.saved[1]).toEqual(result.record)
    expect(result.record.config).toMatchObject({dataChecksums: true, fsync: true})
  })

  it('applies the settings of the scenario and brings the old ones back last', async () => {
    const lab = await fakeLab(scenarios['control-lagging-standby'])
    const {record} = await lab.run()
    expect(record.config.settings.synchronousMode).toBe('off')
    expect(lab.cluster.ha.settings).toEqual(defaultSettings)
    expect(lab.cluster.calls.at(0)).toBe('applySettings')
    expect(lab.cluster.calls.at(-1)).toBe('applySettings')
  })

  it('waits for nothing that a frozen primary only seems to do', async () => {
    const lab = await fakeLab({
      ...scenarios['primary-pause'],
      steps: scenarios['primary-pause'].steps.filter(step => step.kind !== 'await' || step.until !== 'new-primary'),
    })
    await lab.run()
    const frozen = lab.events.find(event => event.kind === 'fault.verified')
    const writable = lab.events.find(event => event.kind === 'step.done' && event.label.startsWith('await writable'))
    // The lease has at least ttl - loop_wait left.
    expect((writable?.atMs ?? 0) - (frozen?.atMs ?? 0)).toBeGreaterThan(14_000)
  })
})

describe('a run that goes wrong', () => {
  const impatient = impatientCrash(3_000)

  it('heals, says what was last seen, and is judged', async () => {
    const lab = await fakeLab(impatient)
    const result = await lab.run()
    expect(result.ending).toMatchObject({
      kind: 'failed',
      code: 'TIMEOUT',
      message: 'waited 3.00 s for new-primary; last seen: pg1 still holds the lease',
    })
    expect(lab.events.some(event => event.kind === 'step.failed')).toBe(true)
    expect([unhealed(lab), result.undoFailures, result.healthy]).toEqual([[], [], true])
    expect(lab.judged(result).verdict).toBe('fail')
  })

  it('keeps a condition that was met, although the look after it fails', async () => {
    const lab = await fakeLab(scenarios['primary-crash'])
    let look: 'not yet' | 'met' | 'failed' = 'not yet'
    const state = async () => {
      const seen = await lab.cluster.state()
      if (look === 'met') {
        look = 'failed'
        throw new HlError('DOCKER_COMMAND_FAILED', 'once', {next: ['try again']})
      }
      const waiting =
        lab.events.findLast(event => event.kind === 'step.started')?.label.startsWith('await healthy') === true
      if (look === 'not yet' && waiting && healthProblems(seen, lab.plan.settings).length === 0) look = 'met'
      return seen
    }
    // The runner's own looks only; the observer goes on asking the cluster itself.
    const cluster = new Proxy(lab.cluster, {
      get: (target, name): unknown => (name === 'state' ? state : Reflect.get(target, name, target)),
    })
    const result = await lab.run({...lab.world, cluster})
    expect([look, result.ending.kind, result.healthy]).toEqual(['failed', 'done', true])
  })

  it('tells a heal that fails and still does the others', async () => {
    const lab = await fakeLab(scenarios['primary-and-dcs-leader-crash'])
    lab.cluster.broken.add('start pg1')
    const result = await lab.run()
    expect(result.undoFailures).toEqual([{id: 'primary', message: 'start pg1 failed'}])
    expect([unhealed(lab), result.healthy]).toEqual([['primary'], false])
    expect(lab.events.filter(event => event.kind === 'warning').map(event => event.code)).toEqual(
      expect.arrayContaining(['heal-failed', 'end-failed']),
    )
    expect(lab.judged(result).verdict).toBe('unknown')
  })

  it('heals a fault whose command failed, since it may have landed', async () => {
    const lab = await fakeLab(scenarios['primary-crash'])
    lab.cluster.broken.add('kill pg1')
    const result = await lab.run()
    expect(result.ending).toMatchObject({kind: 'failed', code: 'DOCKER_COMMAND_FAILED'})
    expect([unhealed(lab), result.healthy]).toEqual([[], true])
  })

  it('injects nothing when the fault is not available', async () => {
    const lab = await fakeLab(scenarios['primary-crash'])
    const {ending} = await lab.run({
      ...lab.world,
      fault: (spec, targets) => ({...lab.world.fault(spec, targets), unavailable: async () => 'no such thing here'}),
    })
    expect(ending).toMatchObject({kind: 'failed', code: 'FAULT_UNAVAILABLE'})
    expect(lab.cluster.calls).toEqual([])
  })

  it('does not judge a history with a hole', async () => {
    const lab = await fakeLab(scenarios['no-fault'])
    lab.load.stopFailure = new HlError('DISK_FULL', 'history.ndjson cannot be written', {next: ['make room']})
    const result = await lab.run()
    expect(result.ending).toMatchObject({kind: 'failed', code: 'DISK_FULL'})
    expect([result.record.final, lab.judged(result).verdict]).toEqual([null, 'unknown'])
  })

  it('heals although the events cannot be written any more', async () => {
    const lab = await fakeLab(scenarios['primary-crash'])
    const result = await lab.run({
      ...lab.world,
      emit: event => {
        lab.world.emit(event)
        if (event.kind === 'fault.commanded') throw new HlError('DISK_FULL', 'no room', {next: ['make room']})
      },
    })
    expect(result.ending).toMatchObject({kind: 'failed', code: 'DISK_FULL'})
    expect([unhealed(lab), result.undoFailures, result.healthy]).toEqual([[], [], true])
  })

  it('restores the settings when the load cannot be prepared, and throws', async () => {
    const lab = await fakeLab(scenarios['control-lagging-standby'])
    lab.load.prepare = () => Promise.reject(new HlError('LAB_UNHEALTHY', 'no tables', {next: ['look']}))
    await expect(lab.run()).rejects.toMatchObject({code: 'LAB_UNHEALTHY'})
    expect(lab.cluster.ha.settings).toEqual(defaultSettings)
  })
})

describe('Ctrl-C', () => {
  it(
    'at any moment leaves every fault healed, the settings as they were and the cluster healthy',
    {timeout: 60_000},
    async () => {
      await fc.assert(
        fc.asyncProperty(anyScenario, anySeed, fc.nat({max: 80_000}), async (scenario, seed, atMs) => {
          const lab = await fakeLab(scenario, seed)
          lab.clock.after(atMs, () => lab.interrupt.abort('SIGINT'))
          const result = await lab.run().catch((error: unknown) => error)
          const early = result instanceof HlError
          if (early) expect(result.code).toBe('INTERRUPTED')
          expect(unhealed(lab)).toEqual([])
          expect(lab.cluster.ha.settings).toEqual(defaultSettings)
          // A sync standby is appointed at the next loop after the settings came back.
          await lab.clock.run(lab.clock.wait(6_000))
          expect(healthProblems(await lab.clock.run(lab.cluster.state()), defaultSettings)).toEqual([])
          if (!early) expect(result).toMatchObject({undoFailures: []})
          expect(lab.events.some(event => event.kind === 'run.interrupted')).toBe(
            early || JSON.stringify(result).includes('"interrupted"'),
          )
        }),
        {numRuns: 150},
      )
    },
  )

  it.each([0, 100, 250, 5_000, 9_000, 12_000, 20_000, 35_000])(
    '%i ms into primary-crash ends it as interrupted and without a final state',
    async atMs => {
      const lab = await fakeLab(scenarios['primary-crash'])
      lab.clock.after(atMs, () => lab.interrupt.abort('SIGINT'))
      const result = await lab.run().catch((error: unknown) => error)
      if (result instanceof HlError) expect(result.message).toContain('interrupted by SIGINT before the first step')
      else {
        expect(result).toMatchObject({
          ending: {kind: 'interrupted', signal: 'SIGINT'},
          record: {final: null},
          undoFailures: [],
          healthy: true,
        })
        const report = lab.judged(result as RunResult)
        expect([report.verdict, report.checks.filter(({verdict}) => verdict === 'fail')]).toEqual(['unknown', []])
        const text = toText(report, plainTheme, {columns: 100})
        expect(text).not.toContain('never')
        expect(text).toContain('interrupted by SIGINT')
      }
    },
  )
})
