// Recoveries on the fake cluster: the same walk as failovers, with disasters, restores and a second load.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {recoveryScenarios as scenarios} from '../../scenarios/index.ts'
import {HlError} from '../../src/model/errors.ts'
import type {RunEvent} from '../../src/model/run-event.ts'
import type {Scenario, Step} from '../../src/model/scenario.ts'
import {formatMs} from '../../src/model/time.ts'
import {fakeLab, type FakeLab} from './fake-world.ts'

const all = Object.values<Scenario>(scenarios)
const crash: Step = {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'standby'}}}

const eventsOf = <K extends RunEvent['kind']>(lab: FakeLab, kind: K) =>
  lab.events.filter((event): event is Extract<RunEvent, {kind: K}> => event.kind === kind)

/** The scenario with the step put before the first one of a kind. */
function before(scenario: Scenario, kind: Step['kind'], step: Step): Scenario {
  const at = scenario.steps.findIndex(other => other.kind === kind)
  return {...scenario, steps: scenario.steps.toSpliced(at, 0, step)}
}

describe('every recovery on the fake cluster', () => {
  it.each(all)('$name is walked to its end, numbered as its plan', async scenario => {
    const lab = await fakeLab(scenario)
    const {record, ending, undoFailures} = await lab.run()
    expect([ending, undoFailures]).toEqual([{kind: 'done'}, []])
    expect(eventsOf(lab, 'step.started').map(({step, label}) => [step, label])).toEqual(
      lab.plan.steps.map(({index, label}) => [index, label]),
    )
    expect(record.scenario.steps).toEqual(scenario.steps)
    expect(record.recovery?.refusal?.code).toBe(scenario.expect.kind === 'refusal' ? scenario.expect.code : undefined)
  })
})

describe('every recovery, judged', () => {
  // The load on the fake cluster knows no shards.
  it.each(all.filter(({sharded}) => sharded === undefined))('$name comes out as it must', async scenario => {
    const lab = await fakeLab(scenario)
    const report = lab.judged(await lab.run())
    const bad = report.checks.filter(({verdict}) => verdict !== 'pass').map(({name, detail}) => `${name}: ${detail}`)
    if (scenario.expect.kind === 'recovery') expect([report.verdict, bad]).toEqual(['pass', []])
    else expect([report.controlHeld, bad]).toEqual([true, bad])
  })
})

describe('the loss of every shard', () => {
  it('takes all members of all of them and the etcd that they share', async () => {
    const lab = await fakeLab(scenarios['shards-lost'])
    const calls: string[] = []
    const told =
      (what: string) =>
      async (service: string): Promise<void> => {
        calls.push(`${what} ${service}`)
        return Promise.resolve()
      }
    const other = {
      name: 's2',
      members: ['s2-pg1', 's2-pg2'],
      state: lab.cluster.state.bind(lab.cluster),
      kill: told('kill'),
      wipe: told('wipe'),
      destroy: told('destroy'),
    }
    const {ending} = await lab.run({...lab.world, otherShards: [other]})
    expect(ending).toEqual({kind: 'done'})
    expect(calls).toEqual(['kill s2-pg1', 'kill s2-pg2', 'destroy s2-pg1', 'destroy s2-pg2'])
    expect(lab.cluster.calls.filter(call => call.startsWith('destroy')).toSorted()).toEqual(
      [...lab.cluster.members, ...lab.cluster.dcsMembers].map(service => `destroy ${service}`).toSorted(),
    )
  })
})

describe('a restore into a new lab', () => {
  it('is told as events, and its own load is in the history', async () => {
    const lab = await fakeLab(scenarios['dropped-table'])
    const {record, healthy} = await lab.run()
    const [commanded, done] = [eventsOf(lab, 'disaster.commanded')[0], eventsOf(lab, 'disaster.done')[0]]
    expect(commanded).toMatchObject({describe: 'DROP TABLE on a table that is needed', targets: []})
    expect(done).toMatchObject({atLsn: '0/5000000'})
    expect(eventsOf(lab, 'recovery.phase').map(({phase}) => phase)).toEqual([
      'detect',
      'decide',
      'create',
      'fetch',
      'start',
      'replay',
      'promote',
      'take-over',
      'first-write',
    ])
    expect(eventsOf(lab, 'recovery.phase')[0]).toMatchObject({fromMs: done?.atMs})
    expect(eventsOf(lab, 'cluster.healthy').map(({cluster}) => cluster)).toEqual(['restored'])

    const after = lab.ops.filter(({cluster}) => cluster === 'restored')
    const first = after.find(({outcome}) => outcome === 'ok')
    const firstWrite = eventsOf(lab, 'recovery.phase').at(-1)
    expect(first?.completedMs).toBeGreaterThan(firstWrite?.fromMs ?? Infinity)
    expect(first?.completedMs).toBeLessThan(firstWrite?.atMs ?? 0)
    expect(new Set(after.map(({id}) => id)).size).toBe(after.length)
    // The restored cluster holds all of the first load from before the disaster and all of its own.
    const good = lab.ops.filter(
      op =>
        op.kind === 'append' &&
        op.cluster === undefined &&
        op.outcome === 'ok' &&
        op.completedMs < (commanded?.atMs ?? 0),
    )
    expect(record.final?.ledgerIds).toEqual(expect.arrayContaining(good.map(({id}) => id)))
    expect(record.recovery?.finalAfter?.ledgerIds).toEqual(
      after.filter(({kind, outcome}) => kind === 'append' && outcome === 'ok').map(({id}) => id),
    )
    expect(record.recovery?.verification.map(({name}) => name)).toEqual(['indexes', 'victim-intact'])
    expect([record.recovery?.restore?.chain.length, healthy]).toEqual([1, true])
  })

  it('that fails ends the walk, heals what is in place, and leaves no load running', async () => {
    const lab = await fakeLab(before(scenarios['dropped-table'], 'restore', crash))
    lab.recovery.restoreFailure = new HlError('RESTORE_FAILED', 'no such file', {next: ['look']})
    const {ending, undoFailures, record, healthy} = await lab.run()
    expect(ending).toMatchObject({kind: 'failed', code: 'RESTORE_FAILED', label: lab.plan.steps.at(-1)?.label})
    expect([undoFailures, healthy, record.recovery?.restore]).toEqual([[], true, null])
    expect(eventsOf(lab, 'heal.verified').map(({fault}) => fault)).toEqual(['crash'])
    const count = lab.ops.length
    await lab.clock.run(lab.clock.wait(10_000))
    expect(lab.ops.length).toBe(count)
  })

  it('that hl refuses is an outcome, and says whether the lab still works', async () => {
    const lab = await fakeLab(scenarios['archive-gap'])
    const {ending, record} = await lab.run()
    expect(ending.kind).toBe('done')
    expect(record.recovery).toMatchObject({
      refusal: {code: 'ARCHIVE_GAP'},
      verification: [{name: 'nothing-changed', verdict: 'pass'}],
      finalAfter: null,
    })
    expect(record.final?.readable).toBe(true)
  })
})

describe('a refusal that changed something', () => {
  it.each([
    ['archive-gap', 'fail'],
    ['wrong-host', 'fail'],
    ['control-segment-missing', 'pass'],
  ] as const)('of %s with a lab left is a %s', async (name, verdict) => {
    const lab = await fakeLab(scenarios[name])
    lab.recovery.leaves = ['pg1 of a new lab']
    const {record} = await lab.run()
    expect(record.recovery?.verification).toMatchObject([{name: 'nothing-changed', verdict}])
  })
})

describe('ways back in which the cluster goes on', () => {
  it('end with a write to the table that came back, in the history', async () => {
    const lab = await fakeLab(scenarios['one-table'])
    const {record} = await lab.run()
    const write = lab.ops.find(({kind}) => kind === 'table-write')
    expect(write).toMatchObject({table: 'hl.victim', outcome: 'ok'})
    expect(write?.completedMs).toBe(eventsOf(lab, 'recovery.phase').at(-1)?.atMs)
    expect(eventsOf(lab, 'cluster.healthy').map(({cluster}) => cluster)).toEqual([undefined])
    expect(record.recovery?.verification.map(({name, verdict}) => [name, verdict])).toEqual([
      ['only-the-table', 'pass'],
      ['indexes', 'pass'],
      ['victim-intact', 'pass'],
    ])
  })

  it('rebuild the member that was hit', async () => {
    const lab = await fakeLab(scenarios['corrupt-page'])
    const {record, healthy} = await lab.run()
    expect(eventsOf(lab, 'disaster.commanded')[0]?.targets).toEqual(['pg1'])
    expect(lab.cluster.calls).toContain('switchover pg1 ')
    expect(lab.ops.some(({kind, outcome}) => kind === 'table-write' && outcome === 'ok')).toBe(true)
    expect([record.recovery?.verification.find(({name}) => name === 'pages-intact')?.verdict, healthy]).toEqual([
      'pass',
      true,
    ])
  })
})

describe('the deadline of a step', () => {
  it.each(['until aborted', 'forever'] as const)('is enforced on a restore that hangs %s', async how => {
    const lab = await fakeLab(scenarios['dropped-table'])
    lab.recovery.hangs.set('restore', how)
    const {ending} = await lab.run()
    const last = lab.plan.steps.at(-1)
    expect(ending).toMatchObject({
      kind: 'failed',
      code: 'TIMEOUT',
      message: `waited ${formatMs(last?.withinMs ?? 0)} for "${last?.label ?? ''}" to end; last seen: nothing`,
    })
    const started = eventsOf(lab, 'step.started').at(-1)
    const failed = eventsOf(lab, 'step.failed').at(-1)
    const tookMs = (failed?.atMs ?? 0) - (started?.atMs ?? 0)
    expect(tookMs).toBeGreaterThanOrEqual(last?.withinMs ?? 0)
    expect(tookMs).toBeLessThan((last?.withinMs ?? 0) + 125_000)
    expect(eventsOf(lab, 'warning').some(({code}) => code === 'step-not-stopped')).toBe(how === 'forever')
  })

  it('is enforced within the step too, with what was seen last', async () => {
    const lab = await fakeLab(scenarios['dropped-table'])
    lab.recovery.hangs.set('startStandbys', 'until aborted')
    const {ending} = await lab.run()
    expect(ending).toMatchObject({kind: 'failed', message: expect.stringContaining('take-over took') as string})
  })
})

describe('a stop that hangs', () => {
  it('is bounded and told, and the run is not judged', async () => {
    const lab = await fakeLab(scenarios['dropped-table'])
    lab.load.stopHangs = true
    const {ending, record} = await lab.run()
    expect(ending).toMatchObject({
      kind: 'failed',
      code: 'TIMEOUT',
      message: expect.stringContaining('operations') as string,
    })
    expect(eventsOf(lab, 'warning').map(({code}) => code)).toContain('history-incomplete')
    expect(record.final).toBe(null)
  })

  it('of the load after a restore is bounded and told too', async () => {
    const lab = await fakeLab(scenarios['dropped-table'])
    const emit = (event: RunEvent): void => {
      if (event.kind === 'cluster.healthy' && lab.recovery.after !== null) lab.recovery.after.load.stopHangs = true
      lab.world.emit(event)
    }
    const {ending} = await lab.run({...lab.world, emit})
    expect(ending).toMatchObject({kind: 'failed', step: lab.plan.steps.length, label: 'stop the load'})
    expect(eventsOf(lab, 'warning').map(({code}) => code)).toContain('history-incomplete')
  })
})

describe('Ctrl-C in a recovery', () => {
  const kinds = [
    ['backup', 'dropped-table'],
    ['backup-during-failover', 'failover-during-backup'],
    ['delayed-copy', 'delayed-standby'],
    ['switchover', 'across-timelines'],
    ['disaster', 'dropped-table'],
    ['disaster', 'cluster-lost'],
    ['sabotage', 'archive-gap'],
    ['restore', 'dropped-table'],
    ['recover-table', 'one-table'],
    ['rebuild', 'corrupt-page'],
    ['rebuild', 'primary-volume-lost'],
    ['hold', 'bad-update'],
  ] as const

  it.each(kinds)('inside of a %s step (%s) heals what is in place and ends soon', async (kind, name) => {
    // A standby that is down beforehand would be in the way of a backup under failover, and of a rebuild.
    const wounded = !['backup-during-failover', 'rebuild', 'switchover', 'disaster'].includes(kind)
    const lab = await fakeLab(wounded ? before(scenarios[name], kind, crash) : scenarios[name])
    let pressedMs = 0
    const emit = (event: RunEvent): void => {
      lab.world.emit(event)
      if (event.kind !== 'step.started' || lab.plan.steps[event.step]?.step.kind !== kind) return
      lab.clock.after(100, () => {
        pressedMs = lab.clock.nowMs()
        lab.interrupt.abort('SIGINT')
      })
    }
    const {ending, undoFailures, record} = await lab.run({...lab.world, emit, transient: true})
    expect([ending, undoFailures, record.final]).toEqual([{kind: 'interrupted', signal: 'SIGINT'}, [], null])
    expect(lab.clock.nowMs() - pressedMs).toBeLessThan(60_000)
    expect(eventsOf(lab, 'heal.verified').map(({fault}) => fault)).toEqual(wounded ? ['crash'] : [])
    expect(lab.cluster.calls.filter(call => call === 'kill pg1').length).toBeLessThanOrEqual(
      lab.cluster.calls.filter(call => call === 'start pg1').length + (kind === 'backup-during-failover' ? 0 : 1),
    )
  })

  it('at any moment of any recovery ends in bounded time, and nothing writes any more', {timeout: 60_000}, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), fc.nat({max: 60_000}), async (scenario, atMs) => {
        const lab = await fakeLab(scenario)
        lab.clock.after(atMs, () => lab.interrupt.abort('SIGINT'))
        const result = await lab.run({...lab.world, transient: true}).catch((error: unknown) => error)
        if (result instanceof HlError) expect(result.code).toBe('INTERRUPTED')
        else expect(result).toMatchObject({undoFailures: []})
        expect(lab.clock.nowMs()).toBeLessThan(atMs + 200_000)
        const count = lab.ops.length
        await lab.clock.run(lab.clock.wait(5_000))
        expect(lab.ops.length).toBe(count)
      }),
      {numRuns: 60},
    )
  })
})
