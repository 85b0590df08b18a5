// The Observer port on the fake cluster. Not here: polling real members (src/lab).
import type {EventSink, Observer} from '../../src/model/ports.ts'
import type {Role} from '../../src/model/topology.ts'
import type {FakeClock} from './fake-clock.ts'
import type {FakeCluster} from './fake-cluster.ts'

export class FakeObserver implements Observer {
  readonly #cluster: FakeCluster
  readonly #clock: FakeClock
  #end: () => void = () => undefined

  constructor(cluster: FakeCluster, clock: FakeClock) {
    this.#cluster = cluster
    this.#clock = clock
  }

  start(sink: EventSink): void {
    const roles = new Map<string, Role>()
    let owner: string | null = null
    let nextMs = 0
    const look = async (): Promise<void> => {
      const state = await this.#cluster.state()
      const atMs = this.#clock.nowMs()
      if (state.lease.owner !== owner) sink({kind: 'lease.changed', atMs, from: owner, to: state.lease.owner})
      owner = state.lease.owner
      for (const {name, role, timeline} of state.members) {
        const from = roles.get(name) ?? 'unknown'
        if (from !== role) sink({kind: 'role.changed', atMs, node: name, from, to: role, timeline})
        roles.set(name, role)
      }
      if (atMs < nextMs) return
      nextMs = atMs + 1_000
      sink({
        kind: 'cluster.observed',
        atMs,
        leaseOwner: owner,
        leaseExpiresInMs: state.lease.expiresInMs,
        members: state.members.map(({name, role, lagBytes}) => ({name, role, lagBytes})),
      })
    }
    this.#end = this.#clock.every(100, () => void look(), false)
  }

  async stop(): Promise<void> {
    this.#end()
  }
}
