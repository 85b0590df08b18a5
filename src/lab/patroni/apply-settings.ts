// Changes Patroni's dynamic configuration and waits until it is in effect everywhere. Invariant: returns only when
// every member that answers has seen the change in its loop, the lease has its new length and the sync set is what the
// mode asks for. Patroni wakes only the loop of the node that took the PATCH; the same PATCH on the others changes
// nothing and wakes theirs.
// Not here: what is sent (settings-to-patroni.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import type {ClusterSettings} from '../../model/topology.ts'
import type {NodeStatus} from './parse-patroni.ts'
import {readLogs} from '../docker/collect-logs.ts'
import {serviceOf} from '../lifecycle/lab-description.ts'
import type {JsonObject} from '../read-json.ts'
import {readLease, type LabClients} from '../observe/read-state.ts'
import {checkSettings, differences, patchFor, settingsFrom, withoutOwn} from './settings-to-patroni.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'

/** Two loops of the slowest setting, and time for a standby to register. */
const withinMs = 60_000

/** The configuration by the first member that answers; LAB_UNHEALTHY when none does. */
export async function readConfig({patroni, lab}: LabClients): Promise<JsonObject> {
  const answers = await Promise.all(lab.members.map(async member => await patroni.config(member)))
  const config = answers.find(answer => answer !== null)
  if (config === undefined)
    throw new HlError('LAB_UNHEALTHY', `no Patroni of lab ${lab.lab} answers`, {next: [hint('status'), hint('doctor')]})
  return config
}

/**
 * Applies the settings. `base` is the lab's own configuration, to which parameters that are no longer asked for go
 * back.
 */
export async function applySettings(
  clients: LabClients,
  clock: Clock,
  base: JsonObject,
  settings: ClusterSettings,
): Promise<void> {
  checkSettings(settings)
  await patchEverywhere(clients, patchFor(await readConfig(clients), base, settings))
  await awaitUntil(
    async () => {
      const missing = await notInEffect(clients, base, settings)
      return missing.length === 0 ? holds(undefined) : notYet(missing.join('; '))
    },
    {clock, what: 'the settings to be in effect', withinMs, everyMs: 200},
  )
}

/**
 * Maintenance mode on or off, seen by every member that answers. On also waits for the end of the loop in which a
 * member saw it: that loop took the member's role before, and would make a standby again of a node that is promoted by
 * hand meanwhile.
 */
export async function setMaintenance(clients: LabClients, clock: Clock, on: boolean): Promise<void> {
  const members = (await answering(clients)).map(([name]) => name)
  const since = await Promise.all(members.map(async member => [member, await timeAt(clients, member)] as const))
  await patchEverywhere(clients, {pause: on ? true : null})
  await awaitUntil(
    async () => {
      const nodes = await answering(clients)
      const others = nodes.filter(([, node]) => node.maintenance !== on).map(([name]) => name)
      return nodes.length > 0 && others.length === 0
        ? holds(undefined)
        : notYet(`${others.join(', ') || 'nobody'} not yet`)
    },
    {clock, what: `maintenance mode ${on ? 'on' : 'off'} at every member`, withinMs},
  )
  if (!on) return
  await awaitUntil(
    async () => {
      const logs = await Promise.all(
        since.map(
          async ([member, iso]) =>
            [member, await readLogs(clients.docker, serviceOf(clients.lab, member).container, iso)] as const,
        ),
      )
      const others = logs.filter(([, log]) => !pausedLoopEnded(log)).map(([name]) => name)
      return others.length === 0 ? holds(undefined) : notYet(`${others.join(', ')} still in its loop`)
    },
    {clock, what: 'the loops in which maintenance mode began to end', withinMs, everyMs: 200},
  )
}

/** PURE: Patroni ends every loop of maintenance mode with a line of this form. */
export function pausedLoopEnded(log: string): boolean {
  return / INFO: PAUSE: /.test(log)
}

/** By the container's clock, which is the one that Docker stamps its log with. */
async function timeAt({docker, lab}: LabClients, member: string): Promise<string> {
  const {stdout} = await docker.exec(serviceOf(lab, member).container, ['date', '-u', '+%Y-%m-%dT%H:%M:%S.%NZ'], {
    timeoutMs: 10_000,
  })
  return stdout.trim()
}

/** The first member that can write it does; the others are woken. PATRONI_REFUSED when none can. */
async function patchEverywhere({patroni, lab}: LabClients, patch: JsonObject): Promise<void> {
  const refusals: HlError[] = []
  let written = false
  for (const member of lab.members) {
    if ((await patroni.status(member)) === null) continue
    try {
      await patroni.patchConfig(member, patch)
      written = true
    } catch (error) {
      if (!(error instanceof HlError)) throw error
      refusals.push(error)
    }
  }
  if (written) return
  throw (
    refusals[0] ??
    new HlError('LAB_UNHEALTHY', `no Patroni of lab ${lab.lab} answers`, {next: [hint('status'), hint('doctor')]})
  )
}

/** What still differs from the settings, by member. */
async function notInEffect(
  clients: LabClients,
  base: JsonObject,
  settings: ClusterSettings,
): Promise<readonly string[]> {
  const nodes = await answering(clients)
  const perNode = await Promise.all(
    nodes.map(async ([name, node]) => {
      const config = await clients.patroni.config(name)
      if (config === null) return [`${name}: no configuration`]
      if (node.pendingRestart) return [`${name}: PostgreSQL needs a restart for a parameter`]
      return differences(settingsFrom(config, base), withoutOwn(settings, base)).map(
        difference => `${name}: ${difference}`,
      )
    }),
  )
  const [keys, lease] = await readLease(clients.etcd)
  const standbys = nodes.filter(([, node]) => node.role === 'standby' && node.replicationState === 'streaming').length
  return [
    ...(nodes.length === 0 ? ['no member answers'] : perNode.flat()),
    ...(lease === null || lease.grantedMs === settings.ttlS * 1000 ? [] : [`the lease is ${lease.grantedMs} ms long`]),
    ...syncSetProblem(settings, keys?.syncStandbys ?? [], standbys),
  ]
}

/** Is the sync set what the mode asks for? One where there is a streaming standby, all of them for quorum. */
function syncSetProblem(
  settings: ClusterSettings,
  syncStandbys: readonly string[],
  streamingStandbys: number,
): readonly string[] {
  const wanted = {
    off: 0,
    on: Math.min(1, streamingStandbys),
    strict: Math.min(1, streamingStandbys),
    quorum: streamingStandbys,
  }[settings.synchronousMode]
  return syncStandbys.length === wanted ? [] : [`the sync set is {${syncStandbys.join(', ')}}, ${wanted} wanted`]
}

async function answering({patroni, lab}: LabClients): Promise<readonly (readonly [string, NodeStatus])[]> {
  const all = await Promise.all(lab.members.map(async member => [member, await patroni.status(member)] as const))
  return all.flatMap(([member, node]) => (node === null ? [] : [[member, node] as const]))
}
