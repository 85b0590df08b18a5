// Which processes of a database container live: Patroni and the postmaster, by number. A zombie counts as gone.
// Not here: what Patroni or PostgreSQL say of themselves.
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'

export interface NodeProcesses {
  readonly patroni: number | null
  readonly postmaster: number | null
}

/** Numbers of the living; the postmaster is a `postgres` whose parent is not one. `end` where PID 1 was listed too. */
const script = `ps -eo pid=,ppid=,stat=,comm= | awk '
  $3 !~ /^Z/ && $4 == "patroni" && $2 == 1 { print "patroni", $1 }
  $1 == 1 { listed = 1 }
  $4 == "postgres" { if ($3 !~ /^Z/) alive[$1] = $2; known[$1] = 1 }
  END { for (p in alive) if (!(alive[p] in known)) print "postmaster", p; if (listed) print "end" }'`

/** Throws HlError when the container does not run, or its processes could not be listed (a host that cannot fork). */
export async function processesOf(cluster: Cluster, member: string): Promise<NodeProcesses> {
  const result = await cluster.exec(member, ['sh', '-c', script], {user: 'root', timeoutMs: 10_000})
  const found = parseProcesses(result.stdout)
  if (found === null)
    throw new HlError(
      'DOCKER_COMMAND_FAILED',
      `the processes of ${member} could not be listed: ${result.stderr.trim().slice(0, 300)}`,
      {next: [hint('doctor')]},
    )
  return found
}

/** PURE: lines "patroni 21", "postmaster 54", "end"; null without the last: then nothing is known to be gone. */
export function parseProcesses(text: string): NodeProcesses | null {
  if (!/^end$/m.test(text)) return null
  const find = (name: string): number | null => {
    const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)
    return match === null ? null : Number(match[1])
  }
  return {patroni: find('patroni'), postmaster: find('postmaster')}
}

/** SIGKILL to one process by its number; it may be gone already. */
export async function killProcess(cluster: Cluster, member: string, pid: number): Promise<void> {
  await cluster.exec(member, ['kill', '-KILL', String(pid)], {user: 'root', timeoutMs: 10_000})
}

/** A reason for faults that need a living node; null when `service` is one. */
export async function notARunningMember(cluster: Cluster, service: string): Promise<string | null> {
  if (!cluster.members.includes(service)) return `${service} is no database node`
  const status = await cluster.containerStatus(service)
  return status === 'running' ? null : `the container of ${service} is ${status}`
}
