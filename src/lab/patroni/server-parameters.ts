// PostgreSQL parameters as the server reads them: refused in its own words before anything is changed, and looked for
// afterwards. Invariant: that Patroni's configuration holds a value says nothing; in force is what pg_settings says.
// Not here: Patroni's own settings (settings-to-patroni.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster, ExecResult} from '../../model/ports.ts'
import type {ClusterSettings} from '../../model/topology.ts'
import {ask} from '../psql.ts'

type Parameters = ClusterSettings['parameters']

/** Runs a program of PostgreSQL's, in a container that has it. */
export type RunsPostgres = (argv: readonly string[]) => Promise<ExecResult>

/** Starts no server: with -C it reads its options, prints one and ends (src/backend/postmaster/postmaster.c). */
export const parseArgv = (name: string, value: string): readonly string[] => [
  ...['postgres', '-C', name, '-D', '/tmp'],
  ...['-c', 'config_file=/dev/null', '-c', `${name}=${value}`],
]

/**
 * The values as the server has them, in its own units. CONFIG_INVALID with its words about each that it does not take.
 */
export async function readParameters(run: RunsPostgres, parameters: Parameters): Promise<ReadonlyMap<string, string>> {
  const read = await Promise.all(
    Object.entries(parameters).map(async ([name, value]) => {
      // Patroni's configuration is JSON: its true is PostgreSQL's on.
      const result = await run(parseArgv(name, typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)))
      return {name, result}
    }),
  )
  const refused = read.flatMap(({name, result}) => (result.exitCode === 0 ? [] : [refusalText(name, result.stderr)]))
  if (refused.length > 0)
    throw new HlError('CONFIG_INVALID', `PostgreSQL does not take these parameters: ${refused.join('; ')}`, {
      next: ['correct --param; https://www.postgresql.org/docs/17/runtime-config.html lists all'],
    })
  return new Map(read.map(({name, result}) => [name, result.stdout.trim()]))
}

/** PURE: what the server says against it, without its clock and process. */
export function refusalText(name: string, stderr: string): string {
  const said = [...stderr.matchAll(/(?:FATAL|ERROR|HINT): +(.*)/g)].map(([, text = '']) => text.replace(/\.$/, ''))
  return said.length === 0 ? `${name}: ${stderr.trim() || 'it says nothing'}` : said.join('. ')
}

/** A parameter that is not what it was to be. */
export interface OtherParameter {
  readonly name: string
  readonly wanted: string
  /** null: the server has no parameter of that name. */
  readonly is: string | null
  /** Only a restart of PostgreSQL changes it. */
  readonly needsRestart: boolean
}

/** Those that are not in force on a node. LAB_UNHEALTHY when it does not say. */
export async function notInForce(
  cluster: Pick<Cluster, 'exec'>,
  node: string,
  wanted: ReadonlyMap<string, string>,
): Promise<readonly OtherParameter[]> {
  if (wanted.size === 0) return []
  const names = [...wanted.keys()].map(name => `'${name.replaceAll("'", "''")}'`).join(', ')
  const {exitCode, stdout, stderr} = await ask(
    cluster,
    node,
    `SELECT name, context, setting FROM pg_settings WHERE lower(name) IN (${names})`,
  )
  if (exitCode !== 0)
    throw new HlError('LAB_UNHEALTHY', `PostgreSQL of ${node} does not say its parameters: ${stderr.trim()}`, {
      next: [hint('status')],
    })
  return others(wanted, stdout)
}

/** Of which -1 or 0 means that the server finds a value at its start (PostgreSQL 17, "Resource Consumption"). */
const foundAtStart: ReadonlySet<string> = new Set([
  'wal_buffers',
  'commit_timestamp_buffers',
  'subtransaction_buffers',
  'transaction_buffers',
])

/** PURE: of rows `name|context|setting`. */
export function others(wanted: ReadonlyMap<string, string>, rows: string): readonly OtherParameter[] {
  const found = new Map(
    rows
      .split('\n')
      .map(row => /^([^|]+)\|([^|]*)\|(.*)$/.exec(row))
      .flatMap(row => (row === null ? [] : [[(row[1] ?? '').toLowerCase(), row] as const])),
  )
  return [...wanted].flatMap(([name, value]) => {
    const row = found.get(name)
    const is = row?.[3] ?? null
    const isFound = foundAtStart.has(name) && (value === '-1' || value === '0')
    return is === value || (is !== null && isFound)
      ? []
      : [{name, wanted: value, is, needsRestart: row?.[2] === 'postmaster'}]
  })
}

/** PURE: `max_connections is 200, not 150`. */
export const otherText = ({name, is, wanted}: OtherParameter): string =>
  is === null ? `${name} is not there` : `${name} is ${is}, not ${wanted}`
