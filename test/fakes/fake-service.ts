// A service of somebody's own over the fake cluster, good or with a bug, and all that a test of it needs. Invariant:
// virtual time; what it wrote is kept apart from the cluster, as a database that loses nothing would.
import {FaultDesk} from '../../src/testing/fault-desk.ts'
import {Journal} from '../../src/testing/journal.ts'
import {judgedRun, judgeRun, type Measured} from '../../src/testing/judge-requests.ts'
import type {MeasureOptions} from '../../src/testing/measure-options.ts'
import {measureRequests} from '../../src/testing/measure-requests.ts'
import {MeasuredReport} from '../../src/testing/measured-report.ts'
import {OneAtATime} from '../../src/testing/one-at-a-time.ts'
import type {RequestContext} from '../../src/testing/request-load.ts'
import {FakeClock} from './fake-clock.ts'
import {FakeCluster} from './fake-cluster.ts'
import {fakeDocker, type FakeDocker} from './fake-docker.ts'
import {acceptsWrites} from './fake-node.ts'
import {FakeObserver} from './fake-observer.ts'

/**
 * `waits`: sends again until a primary takes it, once. `gives-up`: no second try. `promises`: says yes whatever comes
 * of it. `doubles`: sends everything again that took a moment, also what was applied.
 */
export type Manners = 'waits' | 'gives-up' | 'promises' | 'doubles'

export interface FakeService {
  readonly clock: FakeClock
  readonly cluster: FakeCluster
  readonly engine: FakeDocker
  readonly desk: FaultDesk
  readonly rows: string[]
  readonly stopping: AbortController
  /** What was told of measurements that rejected. */
  readonly failed: readonly Measured[]
  readonly request: (context: RequestContext) => Promise<string>
  /** What the service holds, as its own query would tell it. */
  readonly verify: () => Promise<readonly string[]>
  /** What was seen, before anybody judges it. */
  readonly measuredOf: (
    action: () => unknown,
    options?: Partial<MeasureOptions>,
    isVerified?: boolean,
  ) => Promise<Measured>
  readonly measure: (action: () => unknown, options?: Partial<MeasureOptions>) => Promise<MeasuredReport>
  /** The same, and nobody looks for what was written. */
  readonly measureUnverified: (action: () => unknown) => Promise<MeasuredReport>
  /** Kills the primary, waits for the next one, heals. */
  readonly failover: () => Promise<void>
}

export function fakeService(manners: Manners): FakeService {
  const clock = new FakeClock()
  const cluster = new FakeCluster(clock)
  const engine = fakeDocker()
  const rows: string[] = []
  const stopping = new AbortController()
  const failed: Measured[] = []
  const {signal} = stopping
  const desk = new FaultDesk({docker: engine.docker, cluster, clock, signal, line: new OneAtATime()})
  const insert = async (id: string): Promise<void> => {
    await clock.wait(3)
    const primary = cluster.ha.nodes.find(node => acceptsWrites(node))
    if (primary === undefined) throw Object.assign(new Error('connect ECONNREFUSED'), {code: 'ECONNREFUSED'})
    rows.push(id)
  }
  const patiently = async (id: string, signal: AbortSignal): Promise<void> => {
    for (;;) {
      signal.throwIfAborted()
      try {
        await insert(id)
        return
      } catch {
        await clock.wait(100, signal)
      }
    }
  }
  const send: Readonly<Record<Manners, (context: RequestContext) => Promise<void>>> = {
    'waits': async ({id, signal}) => patiently(id, signal),
    'gives-up': async ({id}) => insert(id),
    'promises': async ({id}) => insert(id).catch(() => undefined),
    'doubles': async ({id, signal}) => {
      const fromMs = clock.nowMs()
      await patiently(id, signal)
      if (clock.nowMs() - fromMs > 50) await insert(id)
    },
  }
  const request = async (context: RequestContext): Promise<string> => {
    await send[manners](context)
    return context.id
  }
  const verify = async (): Promise<readonly string[]> => [...rows]
  const measuredOf = async (action: () => unknown, options: MeasureOptions): Promise<Measured> => {
    desk.journal = new Journal(clock)
    return clock.run(
      measureRequests(action, options, {
        watched: [{cluster, observer: new FakeObserver(cluster, clock)}],
        journal: desk.journal,
        heal: async healing => desk.heal(healing),
        run: 'run',
        host: async () => ({cpus: 2, memoryMb: 4_096, os: 'fake', docker: 'none'}),
        signal,
        onFailed: async seen => void failed.push(seen),
      }),
    )
  }
  const measure = async (action: () => unknown, options: MeasureOptions): Promise<MeasuredReport> => {
    const measured = await measuredOf(action, options)
    const {ops, verified, idOf} = measured
    const report = judgeRun(judgedRun(measured))
    return new MeasuredReport({report, ops, verified, idOf, secrets: ['geheim'], folder: null})
  }
  return {
    clock,
    cluster,
    engine,
    desk,
    rows,
    stopping,
    failed,
    request,
    verify,
    failover: async () => {
      await desk.inject({kind: 'kill-container', target: {select: 'primary'}})
      await desk.awaitWayBack(60_000)
      await desk.heal()
    },
    measuredOf: async (action, options = {}, isVerified = true) =>
      measuredOf(action, {request, ...(isVerified ? {verify} : {}), ...options}),
    measure: async (action, options = {}) => measure(action, {request, verify, ...options}),
    measureUnverified: async action => measure(action, {request}),
  }
}
