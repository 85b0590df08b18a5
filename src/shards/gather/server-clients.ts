// Which pg client a protocol connection belongs to: only the client knows the secret key that cancels its statement,
// and a router shows it when it takes the connection. Invariant: nothing is kept for connections that are gone. Not
// here: cancelling (cancel-backend.ts).
import type {PoolClient} from 'pg'
import type {Router} from '../../router/index.ts'

const clients = new WeakMap<object, PoolClient>()
const watched = new WeakSet<Router>()

/** From now on its connections are known, each from the moment that it is taken. */
export function watchClients(router: Router): void {
  if (watched.has(router)) return
  watched.add(router)
  router.on('acquire', (client: PoolClient) => clients.set(client.connection, client))
}

/** undefined: it was taken before the router was watched. */
export function clientOf(protocol: object): PoolClient | undefined {
  return clients.get(protocol)
}
