// Watches lease, roles and host while a run goes on. Each source is asked again 100 ms after it was asked, or as soon
// as a slow one has answered: questions never pile up, and a dead node delays nobody else's. Not here: what counts as a
// change (observed-changes.ts).
import type {Clock, EventSink, Observer} from '../../model/ports.ts'
import type {SampleHost} from '../host/host-sample.ts'
import {changes, nothingSeen, summary, type Seen} from './observed-changes.ts'
import type {LabClients} from './read-state.ts'
import {every} from '../../waiting/every.ts'

/** How often lease and roles are looked at: the resolution of what is derived from them. */
const observeEveryMs = 100
const summaryEveryMs = 1_000
/**
 * A dead node refuses at once; a silent one is called silent after this long, so that a busy host is not taken for a
 * dead node.
 */
const silentAfterMs = 2_000

/** An observer for one run; it can be started once. */
export function labObserver(
  {lab, patroni, etcd}: Pick<LabClients, 'lab' | 'patroni' | 'etcd'>,
  clock: Clock,
  sampleHost: SampleHost,
): Observer {
  const stopping = new AbortController()
  let seen: Seen = nothingSeen(lab.members)
  let owner: string | null = null
  let loops: Promise<void> = Promise.resolve()

  const note = (sink: EventSink, now: Seen): void => {
    if (stopping.signal.aborted) return
    for (const event of changes(seen, now, owner, clock.nowMs())) sink(event)
    owner = now.keys === null ? owner : now.keys.leaseOwner
    seen = now
  }
  const watchNode = (sink: EventSink, member: string) => async (): Promise<void> => {
    const status = await patroni.status(member, silentAfterMs)
    note(sink, {...seen, nodes: {...seen.nodes, [member]: status}})
  }
  const watchLease = (sink: EventSink) => async (): Promise<void> => {
    const keys = await etcd.keys()
    note(sink, {...seen, keys, leaseLeftMs: keys?.leaseId === seen.keys?.leaseId ? seen.leaseLeftMs : null})
  }
  const eachSecond = (sink: EventSink) => async (): Promise<void> => {
    const leaseId = seen.keys?.leaseId ?? null
    const [lease, host] = await Promise.all([leaseId === null ? null : etcd.lease(leaseId), sampleHost()])
    if (stopping.signal.aborted) return
    seen = {...seen, leaseLeftMs: lease?.leftMs ?? null}
    sink(summary(seen, clock.nowMs()))
    if (host !== null) sink({kind: 'host.sampled', ...host, atMs: clock.nowMs()})
  }

  return {
    start(sink) {
      const watches = lab.members.map(
        async member => await every(clock, observeEveryMs, stopping.signal, watchNode(sink, member)),
      )
      loops = Promise.all([
        ...watches,
        every(clock, observeEveryMs, stopping.signal, watchLease(sink)),
        every(clock, summaryEveryMs, stopping.signal, eachSecond(sink)),
      ]).then(() => undefined)
    },
    async stop() {
      stopping.abort()
      await loops
    },
  }
}
