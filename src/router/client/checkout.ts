// connect(): a client that has a connection before its first statement, so that it means what it means in pg-pool: it
// waits for a free one, tells a wrong password, and that no server is there. Invariant: what was asked for before end()
// is given. Not here: what to do next (decide-checkout.ts), the first statement, which may be better served elsewhere.
import type {NodePools} from '../connections/node-pools.ts'
import {asError} from '../failures/as-error.ts'
import {neverPlacedError} from '../failures/failure.ts'
import {retryDelayMs} from '../failures/retry-delay.ts'
import type {InFlight} from '../requests/in-flight.ts'
import type {PinnedConnection} from '../requests/pinned-connection.ts'
import {endedError, isPoolFull} from '../requests/trail.ts'
import {Deadline, nowMs} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {Watch} from '../topology/watch.ts'
import type {ClientPorts} from './client-ports.ts'
import {decideCheckout, type CheckoutStep} from './decide-checkout.ts'
import {RoutedClient} from './routed-client.ts'

export interface CheckoutPorts {
  readonly watch: Watch
  readonly pools: NodePools
  /** Woken when the topology changes. */
  readonly changed: Wakeup
  readonly inFlight: InFlight
  readonly clientPorts: ClientPorts
  readonly dispatcher: {readonly hasEnded: boolean}
}

/**
 * Rejects with the driver's error where waiting would not help or has not helped, and in pg-pool's words where all
 * connections stay busy.
 */
export async function checkOut(ports: CheckoutPorts, waitMs: number): Promise<RoutedClient> {
  const {inFlight, clientPorts} = ports
  inFlight.enter()
  try {
    const client = new RoutedClient(clientPorts, () => inFlight.leave())
    return await client.bind(pinned => bindEarly(pinned, ports, waitMs))
  } catch (error) {
    inFlight.leave()
    throw error
  }
}

async function bindEarly(pinned: PinnedConnection, ports: CheckoutPorts, waitMs: number): Promise<void> {
  const {watch, changed, dispatcher} = ports
  const deadline = new Deadline(waitMs)
  let last: unknown = null
  const tried = new Map<string, unknown>()
  try {
    for (let round = 1; ;) {
      if (dispatcher.hasEnded) throw endedError()
      const sourceFailures = watch.sourceFailures()
      const step = decideCheckout({topology: watch.current(), sourceFailures, tried})
      if (step.kind === 'fail') throw asError(step.cause)
      if (step.kind === 'wait') last = step.last ?? last
      if (deadline.over !== null) throw last === null ? noPrimaryError(deadline, watch) : asError(last)
      if (step.kind === 'wait') {
        await changed.wait(deadline.signal, retryDelayMs(round++, 1))
        tried.clear()
      } else if (await take(step, pinned, ports, deadline, tried)) return
    }
  } finally {
    deadline.dispose()
  }
}

/** False: that node gave no connection, which is noted. */
async function take(
  {target, role}: Extract<CheckoutStep, {kind: 'try'}>,
  pinned: PinnedConnection,
  {pools, watch}: CheckoutPorts,
  deadline: Deadline,
  tried: Map<string, unknown>,
): Promise<boolean> {
  try {
    const connection = await pools.checkout(target, deadline.untilMs - nowMs(), new Deadline(undefined))
    pinned.keep(connection, {target, role, replica: null, mustVerify: false})
    pinned.isProvisional = true
    return true
  } catch (cause) {
    if (isPoolFull(cause)) throw cause
    tried.set(target.node, cause)
    watch.kick()
    return false
  }
}

function noPrimaryError(deadline: Deadline, watch: Watch): Error {
  const time = {over: deadline.over, elapsedMs: deadline.elapsedMs()}
  return neverPlacedError(time, 0, 'NO_PRIMARY', null, watch.lastSeen())
}
