// One PostgreSQL in one container, without Patroni: the commands that make it, break it and mend it. For tests only.
// Invariants: PID 1 is a sleep, so the machine (its address, its network) outlives the server; it ends by itself after
// a while, so a killed test leaves nothing for long.
// Not here: which server follows which, set-up and tear-down (servers.ts).
import {docker} from '../../e2e/use-lab.ts'
import {image} from './server-template.ts'

const lifeSeconds = 3_600
export const port = 5432

export type StopMode = 'smart' | 'fast' | 'immediate'
export type BackendSignal = 'KILL' | 'STOP' | 'CONT'

/** Runs the container, without a server in it yet, and tells its address on the bridge. */
export async function runContainer(lab: string, name: string, service: string, template: string): Promise<string> {
  const labels = ['--label', `hl.lab=${lab}`, '--label', `hl.service=${service}`]
  const mounts = ['--tmpfs', '/pg:mode=777', '-v', `${template}:/template.tar:ro`]
  await docker(
    'run',
    '-d',
    '--rm',
    '--init',
    '--name',
    name,
    ...labels,
    '--cap-add',
    'NET_ADMIN',
    ...mounts,
    '--entrypoint',
    'sleep',
    image,
    String(lifeSeconds),
  )
  return (await docker('inspect', '-f', '{{.NetworkSettings.IPAddress}}', name)).trim()
}

/** Starts it as the first primary. */
export async function startPrimary(name: string): Promise<void> {
  await asPostgres(name, `tar -C /pg -xf /template.tar; ${startCommand}`)
}

/**
 * Starts it as a standby of the first primary, which may be starting still: both come from the same directory, so there
 * is nothing to copy.
 */
export async function startStandby(name: string, service: string, host: string): Promise<void> {
  await asPostgres(name, `tar -C /pg -xf /template.tar; ${standbyCommand(host, service)}; ${startCommand}`)
}

/** Makes a standby of `host` out of what `host` has now, whatever was there before. */
export async function rebuildStandby(name: string, service: string, host: string): Promise<void> {
  await asPostgres(
    name,
    `
    ${stopCommand('immediate')} >/dev/null 2>&1 || true
    rm -rf /pg/data
    pg_basebackup -D /pg/data -h ${host} -U postgres -c fast --no-sync
    ${standbyCommand(host, service)}
    ${startCommand}`,
  )
}

/** What a standby connects with; its name is what `pg_stat_replication` and `synchronous_standby_names` call it. */
export function conninfo(host: string, service: string): string {
  return `host=${host} port=${port} user=postgres application_name=${service} connect_timeout=3`
}

const standbyCommand = (host: string, service: string): string =>
  `echo "primary_conninfo = '${conninfo(host, service)}'" >>/pg/data/postgresql.auto.conf; touch /pg/data/standby.signal`
const startCommand = 'pg_ctl -D /pg/data -l /pg/log -w -t 60 start >/dev/null || { tail -n 20 /pg/log >&2; exit 1; }'
const stopCommand = (mode: StopMode): string => `pg_ctl -D /pg/data -m ${mode} -w -t 60 stop`

export async function startServer(name: string): Promise<void> {
  await asPostgres(name, startCommand)
}

export async function stopServer(name: string, mode: StopMode): Promise<void> {
  await asPostgres(name, stopCommand(mode))
}

/** Stopped and started in one go. */
export async function restartServer(name: string, mode: StopMode): Promise<void> {
  await asPostgres(name, `${stopCommand(mode)}; ${startCommand}`)
}

/**
 * SIGKILL to all its processes at once, as when the machine loses power; the address stays, so connections are refused.
 */
export async function killServer(name: string): Promise<void> {
  await asRoot(
    name,
    "timeout 10 sh -c 'pkill -KILL -u postgres -x postgres; while pgrep -u postgres -x postgres >/dev/null; do :; done'",
  )
}

/**
 * KILL: the postmaster takes all other backends down with 57P02 and recovers. STOP: the backend hangs with its
 * connection open, until CONT.
 * A backend that is stopped also holds up the recovery, for as long as the postmaster is patient (five seconds).
 */
export async function signalBackends(name: string, pids: readonly number[], signal: BackendSignal): Promise<void> {
  await asRoot(name, `kill -${signal} ${pids.join(' ')}`)
}

/** Network silence: packets vanish both ways, nobody is told. */
export async function silence(name: string, silent: boolean): Promise<void> {
  const policy = silent ? 'DROP' : 'ACCEPT'
  await asRoot(name, `iptables -P INPUT ${policy} && iptables -P OUTPUT ${policy}`)
}

export async function serverLog(name: string): Promise<string> {
  return asRoot(name, 'cat /pg/log')
}

async function asPostgres(name: string, script: string): Promise<string> {
  return docker('exec', '-u', 'postgres', name, 'sh', '-ec', script)
}

async function asRoot(name: string, script: string): Promise<string> {
  return docker('exec', name, 'sh', '-c', script)
}
