// How a router is pointed at a lab: Patroni's API tells the topology, and each node is reached where hl reaches it.
// PURE.
// Not here: what the router is used for (access-paths/router.ts; `hl router explain`).
import type {LabEndpoints} from '../model/ports.ts'
import type {RouterOptions} from '../router/index.ts'

export interface RouterAccount {
  readonly user: string
  readonly password: string
  readonly database: string
  readonly applicationName: string
}

/** Members advertise names that only the lab's own network knows, so their addresses are translated. */
export function labRouterOptions(
  {rest, postgres}: Pick<LabEndpoints, 'rest' | 'postgres'>,
  {user, password, database, applicationName}: RouterAccount,
): RouterOptions {
  return {
    topology: {patroni: Object.values(rest).map(({host, port}) => `http://${host}:${port}`)},
    natMap: (node, host, port) => postgres[node] ?? {host, port},
    user,
    password,
    database,
    application_name: applicationName,
    connectTimeoutMs: 1_000,
  }
}
