// A router on a lab that has heard of every member, for who asks it once. Not here: what it is asked.
import type {LabEndpoints, Clock} from '../model/ports.ts'
import {Router, type RouterOptions} from '../router/index.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import {labRouterOptions, type RouterAccount} from './lab-router-options.ts'

/** Time for a first word of every node and its lag, on a busy machine; a lab that is not whole takes all of it. */
const heardWithinMs = 5_000

export interface LabRouter {
  readonly endpoints: Pick<LabEndpoints, 'rest' | 'postgres'>
  readonly account: RouterAccount
  readonly options: Partial<RouterOptions>
}

/** Connects to nothing yet; `heardOfAll` does. */
export function openLabRouter({endpoints, account, options}: LabRouter): Router {
  return new Router({...labRouterOptions(endpoints, account), ...options})
}

/** Until each member has told its role and how far it is behind, or the time is up: what did not is not known then. */
export async function heardOfAll(router: Router, members: readonly string[], clock: Clock): Promise<void> {
  const look = async () => {
    const known = router.nodes().filter(({role, lagBytes}) => role === 'primary' || lagBytes !== null)
    return Promise.resolve(known.length === members.length ? holds(null) : notYet(`${known.length} nodes told`))
  }
  await awaitUntil(look, {clock, withinMs: heardWithinMs, everyMs: 50, what: 'a word of every node'}).catch(
    () => undefined,
  )
}
