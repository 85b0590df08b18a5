// The server that is backed up: PostgreSQL with the settings, roles and way into the archive that a node of a lab has,
// without Patroni, which has no part in any of this.
// Invariant: settings come from the image's own files, so that they cannot differ from a lab's unnoticed. Not here:
// what is in it (shop-data.ts).
import {readFileSync} from 'node:fs'
import pg from 'pg'
import type {Undo} from '../router/undo.ts'
import type {Archive} from './archive.ts'
import {startMachine, type Machine} from './machines.ts'

export const primaryImage = 'hl-postgres:17'
export const port = 5_432
export const database = 'hl'
const data = '/pg/data'

export type ArchiveWay = 'none' | 'command' | 'stream' | 'sync'

export interface PrimaryWish {
  readonly archive: Archive
  readonly service?: string
  readonly image?: string
  readonly moreVolumes?: readonly string[]
  /** `later`: it can archive and does not do so until it is given another archive_command. */
  readonly way?: ArchiveWay | 'later'
  /** On top of a lab's. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface Primary {
  readonly machine: Machine
  readonly systemIdentifier: string
  readonly version: string
}

/** Where a node of a lab keeps it, so that `archive-push` finds its way: made by the very script of the lab. */
const nodeConfiguration = `mkdir -p -m 0755 /run/hl; mkdir -p /run/hl-secrets; ensure-secrets; ensure-archive-secrets
  HL_ARCHIVE=command HL_ETCD_HOSTS=none patroni-config; chown postgres:postgres /pg`
const initScript = `initdb -D ${data} -A trust --no-sync --no-instructions -E UTF8 --locale C.UTF-8 --data-checksums >/dev/null
  printf 'local all all trust\\nhost all,replication all samenet trust\\n' >${data}/pg_hba.conf`
/** Those of Patroni's own, as they are in every lab. */
const patroniRoles = 'CREATE ROLE replicator REPLICATION LOGIN; CREATE ROLE rewind LOGIN;'

export async function startPrimary(
  {archive, service = 'pg1', image = primaryImage, moreVolumes = [], way = 'later', settings = {}}: PrimaryWish,
  undo: Undo,
): Promise<Primary> {
  const machine = await startMachine(
    {service, image, volumes: ['/pg', `${archive.secrets}:/run/hl-archive`, ...moreVolumes]},
    undo,
  )
  await Promise.all([machine.meets('archive', archive.machine.host), archive.machine.meets(service, machine.host)])
  await machine.exec(nodeConfiguration, 'root')
  await machine.exec(initScript)
  await machine.write(
    `${data}/postgresql.auto.conf`,
    settingsText({...labSettings(), ...waySettings(way), ...settings}),
  )
  await startServer(machine)
  await machine.exec(
    `psql -qX -v ON_ERROR_STOP=1 -d postgres -c "${patroniRoles}"; psql -qX -d postgres -f /run/hl/roles.sql >/dev/null`,
  )
  const [systemIdentifier = '', version = ''] = (
    await ask(machine, "SELECT system_identifier || ' ' || current_setting('server_version') FROM pg_control_system()")
  ).split(' ')
  return {machine, systemIdentifier, version}
}

/** `options`: settings of this start only. */
export async function startServer(machine: Machine, options: Readonly<Record<string, string>> = {}): Promise<void> {
  const flags = Object.entries(options)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
  await machine.exec(
    `pg_ctl -D ${data} -l /pg/log -s -w -t 300 -o '${flags}' start || { tail -n 20 /pg/log >&2; exit 1; }`,
  )
}

export async function stopServer(machine: Machine): Promise<void> {
  await machine.exec(`pg_ctl -D ${data} -s -w -t 600 -m fast stop`)
}

/** What one statement gives, as psql prints it unaligned. */
export async function ask(machine: Machine, sql: string): Promise<string> {
  return machine.exec(`psql -qXAt -v ON_ERROR_STOP=1 -d ${database} <<'SQL'\n${sql}\nSQL`)
}

export function poolFor({machine}: Primary, max: number): pg.Pool {
  const pool = new pg.Pool({host: machine.host, port, user: 'postgres', database, max, connectionTimeoutMillis: 10_000})
  // Servers are killed here; the next statement says so.
  pool.on('error', () => undefined)
  return pool
}

/** Waits until everything written so far has been handed over by archive_command. */
export async function handOverWal({machine}: Primary): Promise<void> {
  const last = await ask(
    machine,
    "SELECT pg_logical_emit_message(true, 'bench', 'end'); SELECT pg_walfile_name(pg_switch_wal());",
  )
  const segment = last.split('\n').at(-1) ?? ''
  await machine.exec(
    `for i in $(seq 6000); do [ "$(psql -qXAt -d postgres -c "SELECT last_archived_wal >= '${segment}' FROM pg_stat_archiver")" != t ] || exit 0; sleep 0.1; done; tail -n 5 /pg/log >&2; exit 1`,
  )
}

function waySettings(way: ArchiveWay | 'later'): Readonly<Record<string, string>> {
  switch (way) {
    case 'none':
      return {archive_mode: 'off'}
    case 'later':
      return {archive_mode: 'on', archive_command: 'true', archive_timeout: '0'}
    case 'command':
      return {archive_mode: 'on', archive_command: pushCommand, archive_timeout: '60'}
    // Commits cannot wait for a receiver before there is one: startReceiver.
    case 'stream':
    case 'sync':
      return {}
    default:
      return way satisfies never
  }
}

/** That of a lab: compose/images/postgres/patroni-config. */
export const pushCommand = 'archive-push "%p" "%f"'

function labSettings(): Readonly<Record<string, string>> {
  const text = readFileSync(new URL('../../compose/images/postgres/dcs.json', import.meta.url), 'utf8')
  const {
    postgresql: {parameters},
  } = JSON.parse(text) as {readonly postgresql: {readonly parameters: Readonly<Record<string, string | number>>}}
  return {
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
    listen_addresses: '*',
    summarize_wal: 'on',
    log_timezone: 'UTC',
  }
}

function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join('')
}
