// How a run ends that cannot end well: what was changed and stays so is said, and Ctrl-C is heard until the end.
import {describe, expect, it} from 'vitest'
import {failoverScenarios as scenarios, recoveryScenarios} from '../../scenarios/index.ts'
import {guardSink, watchedFirst} from '../../src/experiment/guarded-sink.ts'
import {HlError} from '../../src/model/errors.ts'
import type {RunEvent} from '../../src/model/run-event.ts'
import {fakeLab} from './fake-world.ts'
import {impatientCrash} from './impatient-crash.ts'

describe('settings that cannot be restored after a preparation', () => {
  it.each([
    ['that was interrupted', true],
    ['that failed', false],
  ])('%s are HEAL_FAILED', async (_what, interrupt) => {
    const lab = await fakeLab(scenarios['control-lagging-standby'])
    lab.load.prepare = async () => {
      lab.cluster.broken.add('applySettings')
      if (interrupt) lab.interrupt.abort('SIGINT')
      return Promise.reject(new HlError('LAB_UNHEALTHY', 'no tables', {next: ['look']}))
    }
    await expect(lab.run()).rejects.toMatchObject({
      code: 'HEAL_FAILED',
      message: expect.stringContaining('could not undo settings: applySettings failed') as string,
    })
    expect(lab.cluster.ha.settings.synchronousMode).toBe('off')
  })
})

describe('Ctrl-C after a failed step', () => {
  const impatient = impatientCrash(1_000)

  it('ends the run as interrupted, at once and without a final read', async () => {
    const lab = await fakeLab(impatient)
    let pressedMs = 0
    const result = await lab.run({
      ...lab.world,
      emit: event => {
        lab.world.emit(event)
        if (event.kind === 'heal.verified')
          lab.clock.after(500, () => {
            pressedMs = lab.clock.nowMs()
            lab.interrupt.abort('SIGINT')
          })
      },
    })
    expect(result).toMatchObject({ending: {kind: 'interrupted', signal: 'SIGINT'}, record: {final: null}})
    expect(lab.clock.nowMs() - pressedMs).toBeLessThan(3_000)
    expect(lab.events.map(({kind}) => kind)).toEqual(expect.arrayContaining(['step.failed', 'run.interrupted']))
  })

  it('ends it so during the final read too', async () => {
    const lab = await fakeLab(impatient)
    lab.load.finalState = async () => {
      lab.interrupt.abort('SIGINT')
      return lab.clock.wait(50_000).then(() => Promise.reject(new Error('never')))
    }
    const result = await lab.run()
    expect(result).toMatchObject({ending: {kind: 'interrupted', signal: 'SIGINT'}, record: {final: null}})
  })
})

it('Ctrl-C in a rebuild leaves nothing of it going on', async () => {
  const lab = await fakeLab(recoveryScenarios['corrupt-page'])
  const after: string[] = []
  const cluster = new Proxy(lab.cluster, {
    get: (target, name): unknown => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (name === 'switchover') lab.interrupt.abort('SIGINT')
        else if (lab.interrupt.signal.aborted && name === 'exec') after.push(String(args[1]))
        return value.apply(target, args) as unknown
      }
    },
  })
  const result = await lab.run({...lab.world, cluster, transient: true})
  await lab.clock.run(lab.clock.wait(120_000))
  expect(result.ending).toMatchObject({kind: 'interrupted'})
  expect(after.filter(argv => argv.startsWith('patronictl'))).toEqual([])
})

describe('a disk that is full', () => {
  const full = new HlError('DISK_FULL', 'no room', {next: ['make room']})

  it('keeps nobody from hearing what could not be undone', async () => {
    const lab = await fakeLab(scenarios['primary-crash'])
    lab.cluster.broken.add('start pg1')
    let saves = 0
    const save = (): void => {
      saves += 1
      if (saves > 1) throw full
    }
    const result = await lab.run({...lab.world, save})
    expect(result).toMatchObject({undoFailures: [{id: 'crash'}], unsaved: {code: 'DISK_FULL'}})
  })

  it('keeps nobody from seeing events', () => {
    const seen: string[] = []
    const sink = guardSink(
      watchedFirst(
        event => void seen.push(event.kind),
        () => {
          throw full
        },
      ),
    )
    sink.emit({kind: 'heal.commanded', atMs: 1, fault: 'crash'})
    sink.emit({kind: 'heal.verified', atMs: 2, fault: 'crash', evidence: 'it runs'})
    expect(seen).toEqual(['heal.commanded', 'heal.verified'])
    expect(() => sink.check()).toThrow(full)
  })
})

describe('the announced upper bound of a run', () => {
  const never = async (): Promise<never> => new Promise(() => undefined)

  it('holds where the preparation hangs after settings that took long', async () => {
    const lab = await fakeLab(scenarios['control-lagging-standby'])
    const slow = async <T>(work: Promise<T>): Promise<T> => lab.clock.wait(100_000).then(async () => work)
    const apply = lab.cluster.applySettings.bind(lab.cluster)
    lab.cluster.applySettings = async settings => slow(apply(settings))
    lab.load.prepare = never
    await expect(lab.run()).rejects.toMatchObject({code: 'TIMEOUT'})
    // Bringing the settings back included.
    expect(lab.clock.nowMs()).toBeLessThan(240_000 + 120_000)
  })

  it('holds where everything hangs that can hang at the end', async () => {
    const lab = await fakeLab(recoveryScenarios['dropped-table'])
    lab.recovery.hangs.set('startStandbys', 'forever')
    Object.assign(lab.recovery, {verify: never})
    const emit = (event: RunEvent): void => {
      lab.world.emit(event)
      if (event.kind !== 'step.failed') return
      Object.assign(lab.load, {stopHangs: true, close: never, finalState: never})
      if (lab.recovery.after !== null)
        Object.assign(lab.recovery.after.load, {stopHangs: true, close: never, finalState: never})
    }
    const startedMs = lab.clock.nowMs()
    await lab.run({...lab.world, emit, observer: {...lab.world.observer, start: () => undefined, stop: never}})
    expect(lab.clock.nowMs() - startedMs).toBeLessThan(lab.plan.withinMs)
    expect(lab.clock.nowMs() - startedMs).toBeGreaterThan(900_000)
  })
})
