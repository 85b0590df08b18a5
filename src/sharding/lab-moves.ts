// The shards of a lab as those who move groups reach them: as a superuser who may come in over the lab's network, and
// for each other by fixed addresses, of all members, so that replication finds a new primary. Invariant: who is primary
// is asked for each connection. Not here: moves (src/shards/move).
import type {ConnectedCluster, ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {addressOf} from '../lab/lifecycle/lab-description.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {MoveCluster, MoveServer} from '../shards/index.ts'
import {requireSharded} from './lab-shards.ts'

type Lab = Pick<ConnectedLab, 'cluster' | 'clusters' | 'secrets'>
type Account = ReturnType<MoveServer['connection']>

const database = 'hl'
const dataDirectory = '/var/lib/postgresql/data'

/** MAP_MISSING for a lab of one cluster; MOVE_REFUSED for one that an earlier hl made, which cannot carry moves. */
export function moveCluster(lab: Lab): MoveCluster {
  requireSharded(lab)
  const {mover, replication} = lab.secrets
  if (mover === null)
    throw new HlError(
      'MOVE_REFUSED',
      `lab ${lab.cluster.lab} was made by an hl that could not move groups: its servers have no role for it, and ` +
        'wal_level is not logical; nothing was changed',
      {next: [hint('up', {lab: '<name>', flags: {shards: 2}, why: 'makes a lab that can'})]},
    )
  const shards = lab.clusters.map(connected => serverOf(connected, {mover, replication}))
  const [catalog] = shards
  if (catalog === undefined) throw new HlError('LAB_UNHEALTHY', 'the lab has no shard', {next: [hint('status')]})
  return {shards, catalog}
}

function serverOf(
  {cluster, endpoints, clients}: ConnectedCluster,
  {mover, replication}: {readonly mover: string; readonly replication: string},
): MoveServer {
  const at = (member: string): Awaited<Account> | null => {
    const endpoint = endpoints.postgres[member]
    if (endpoint === undefined) return null
    const {host, port} = endpoint
    return {host, port, user: 'hl_mover', password: mover, database}
  }
  const primary = async (): Promise<string> => {
    const found = (await cluster.state()).primary
    if (found !== null) return found
    throw new HlError('LAB_UNHEALTHY', `${cluster.name} has no primary now`, {next: [hint('status')]})
  }
  return {
    name: cluster.name,
    async connection() {
      const member = await primary()
      const found = at(member)
      if (found !== null) return found
      throw new HlError('LAB_UNHEALTHY', `${member} has no PostgreSQL port`, {next: [hint('status')]})
    },
    conninfo: conninfo(
      cluster.members.map(member => addressOf(clients.lab, member)),
      replication,
    ),
    async standbys() {
      const {members, primary: leader} = await cluster.state()
      // One that is away may be promoted once it is back.
      return members.flatMap(({name}) => (name === leader ? [] : (at(name) ?? [])))
    },
    freeBytes: async () => freeBytes(cluster, await primary()),
  }
}

/** PURE: for libpq. Addresses, since names of a shard that was added later are not known to the others. */
export function conninfo(addresses: readonly string[], password: string): string {
  return [
    `host=${addresses.join(',')}`,
    'port=5432',
    'user=replicator',
    `password=${password}`,
    `dbname=${database}`,
    'target_session_attrs=read-write',
    'connect_timeout=3',
  ].join(' ')
}

/** null: it does not say. */
async function freeBytes(cluster: ConnectedCluster['cluster'], member: string): Promise<number | null> {
  const {exitCode, stdout} = await cluster.exec(member, ['df', '-B1', '--output=avail', dataDirectory], {
    user: 'postgres',
    timeoutMs: 10_000,
  })
  const bytes = Number(stdout.trim().split('\n').at(-1))
  return exitCode === 0 && Number.isFinite(bytes) ? bytes : null
}
