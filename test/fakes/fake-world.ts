// A whole fake lab, and one call that plans and runs a scenario on it with the production planner and walk.
import type {Op} from '../../src/model/history.ts'
import type {Plan} from '../../src/model/plan.ts'
import type {Report, RunRecord} from '../../src/model/report.ts'
import type {RunEvent} from '../../src/model/run-event.ts'
import type {Scenario} from '../../src/model/scenario.ts'
import {judge} from '../../src/measure/judge.ts'
import {planScenario} from '../../src/experiment/plan-experiment.ts'
import type {PlanOverrides} from '../../src/experiment/plan-experiment.ts'
import {runPlan} from '../../src/experiment/walk.ts'
import type {RunResult} from '../../src/experiment/walk.ts'
import type {World} from '../../src/experiment/world.ts'
import {FakeClock} from './fake-clock.ts'
import {FakeCluster} from './fake-cluster.ts'
import {fakeFault} from './fake-faults.ts'
import {FakeLoad} from './fake-load.ts'
import {FakeObserver} from './fake-observer.ts'
import {FakeRecovery} from './fake-recovery.ts'

export interface FakeLab {
  readonly clock: FakeClock
  readonly cluster: FakeCluster
  readonly load: FakeLoad
  readonly recovery: FakeRecovery
  readonly plan: Plan
  readonly world: World
  readonly events: readonly RunEvent[]
  readonly ops: readonly Op[]
  readonly saved: readonly RunRecord[]
  readonly interrupt: AbortController
  /** Runs the plan to its end in virtual time; or another one, in this world or in a changed one. */
  run(world?: World, plan?: Plan): Promise<RunResult>
  judged(result: RunResult): Report
}

/** A fraction of the real rates: enough for every check, and quick. */
const slowLoad = {
  writesPerSecond: 20,
  transfersPerSecond: 4,
  primaryReadsPerSecond: 4,
  standbyReadsPerSecond: 0,
  pinnedWritesPerSecond: 5,
}

const nothing = (): Promise<string> => Promise.resolve('')
/** One cluster has no groups. */
const fakeMoves: World['moves'] = {
  begin: nothing,
  goOn: nothing,
  second: nothing,
  end: nothing,
  restore: () => Promise.resolve(),
}

export async function fakeLab(scenario: Scenario, seed = 1, overrides: PlanOverrides = {}): Promise<FakeLab> {
  const clock = new FakeClock()
  const cluster = new FakeCluster(clock)
  const plan = await clock.run(
    (async () =>
      planScenario(
        scenario,
        {name: cluster.lab, state: await cluster.state(), settings: await cluster.settings()},
        {
          seed,
          through: 'router',
          overrides: {
            ...overrides,
            load: {
              ...slowLoad,
              primaryReadsPerSecond: scenario.load.primaryReadsPerSecond ?? slowLoad.primaryReadsPerSecond,
              pinnedWritesPerSecond: scenario.load.pinnedWritesPerSecond ?? slowLoad.pinnedWritesPerSecond,
              ...overrides.load,
            },
          },
        },
      ))(),
  )
  const events: RunEvent[] = []
  const ops: Op[] = []
  const saved: RunRecord[] = []
  const interrupt = new AbortController()
  const emit = (event: RunEvent): void => void events.push(event)
  const onOp = (op: Op): void => void ops.push(op)
  const load = new FakeLoad(cluster, clock, plan.load, onOp, emit)
  const recovery = new FakeRecovery({cluster, load, clock, spec: plan.load, onOp, emit})
  const world: World = {
    cluster,
    load,
    observer: new FakeObserver(cluster, clock),
    fault: (spec, targets) => fakeFault(cluster, spec, targets),
    recovery,
    plant: () => ({plant: () => Promise.resolve('planted'), remove: () => Promise.resolve()}),
    crossing: {
      begin: () => Promise.resolve(''),
      kill: () => Promise.resolve(),
      resolve: () => Promise.resolve({left: false, said: ''}),
    },
    moves: fakeMoves,
    staleClient: {freeze: nothing, wake: nothing, kill: () => Promise.resolve()},
    otherShards: [],
    clock,
    emit,
    onOp,
    signal: interrupt.signal,
    transient: false,
    save: record => void saved.push(record),
  }
  const trial = {
    run: '0101-000000-00',
    trial: 1,
    trials: 1,
    startedAt: clock.wallTime(),
    host: {cpus: 2, memoryMb: 4_096, os: 'fake', docker: 'none'},
  }
  return {
    clock,
    cluster,
    load,
    recovery,
    plan,
    world,
    events,
    ops,
    saved,
    interrupt,
    run: (changed = world, other = plan) => clock.run(runPlan(other, changed, trial)),
    judged: result => judge(result.record, events, ops, {}),
  }
}
