// PURE: how a driver gets in. Not here: which node is the primary (started-cluster.ts).
import {HlError} from '../model/errors.ts'
import type {HostPort, LabEndpoints, LabSecrets} from '../model/ports.ts'

/** The roles of the database `hl`: `app` reads and writes, `migrations` owns the schema. */
export type TestRole = 'app' | 'readonly' | 'migrations' | 'monitoring'

/** Which node a URL is about. */
export interface WayIn {
  /** `primary` unless told. */
  readonly role?: 'primary' | 'standby' | 'all'
  /** By its name: `pg2`. */
  readonly node?: string
}

const roles: readonly TestRole[] = ['app', 'readonly', 'migrations', 'monitoring']

/** What a pool is told. CONFIG_INVALID for a role that there is not. */
export function accountOf(user: TestRole, secrets: LabSecrets) {
  if (roles.includes(user))
    return {user: `hl_${user}`, password: secrets[user], database: 'hl', applicationName: 'test'}
  throw new HlError('CONFIG_INVALID', `no role is called ${JSON.stringify(user)}`, {
    next: [`there are ${roles.join(', ')}`],
  })
}

export interface Known {
  readonly endpoints: Pick<LabEndpoints, 'postgres'>
  readonly secrets: LabSecrets
  readonly primary: string
  readonly standbys: readonly string[]
}

/** CONFIG_INVALID for an unknown role, NODE_UNKNOWN for an unknown node, and for a standby where there is none. */
export function connectionString(known: Known, user: TestRole, {role = 'primary', node}: WayIn): string {
  const {user: name, password, database} = accountOf(user, known.secrets)
  const places = placesOf(known, role, node).map(({host, port}) => `${host}:${port}`)
  const attributes = role === 'all' && node === undefined ? '?target_session_attrs=read-write' : ''
  return `postgresql://${name}:${encodeURIComponent(password)}@${places.join(',')}/${database}${attributes}`
}

function placesOf(
  {endpoints: {postgres}, primary, standbys}: Known,
  role: 'primary' | 'standby' | 'all',
  node: string | undefined,
): readonly HostPort[] {
  if (node === undefined && role === 'all') return Object.values(postgres)
  const wanted = node ?? (role === 'primary' ? primary : standbys[0])
  const place = wanted === undefined ? undefined : postgres[wanted]
  if (place !== undefined) return [place]
  throw new HlError(
    'NODE_UNKNOWN',
    wanted === undefined ? 'the cluster has no standby' : `there is no node ${wanted}`,
    {
      next: [`there are ${Object.keys(postgres).join(', ')}`],
    },
  )
}
