// Starts what the members of a lab need and are not: etcd, pgpool, the archive. Invariant: no member is started. Not
// here: the members (up-lab.ts, resume in src/recovery).
import {hint} from '../../model/command-hint.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import type {Docker} from '../docker/docker.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {startServices, type UpOptions} from './make-lab.ts'

const withinMs = 60_000

/** Returns when etcd takes writes. LAB_UNHEALTHY when it does not. */
export async function startSurroundings(
  docker: Docker,
  {cluster, clusters, description: {services}}: Pick<ConnectedLab, 'cluster' | 'clusters' | 'description'>,
  {clock, signal}: Pick<UpOptions, 'clock'> & {readonly signal?: AbortSignal | undefined},
): Promise<void> {
  const members = clusters.flatMap(one => one.cluster.members)
  const around = services.filter(({name}) => !members.includes(name))
  const paused = around.filter(({facts}) => facts.status === 'paused').map(({container}) => container)
  if (paused.length > 0) await docker.text(['unpause', ...paused])
  await startServices(
    docker,
    cluster.lab,
    around.filter(({facts}) => facts.status === 'stopped'),
  )
  await awaitUntil(
    async () => {
      const sick = (await cluster.state()).dcs.filter(({healthy}) => !healthy).map(({name}) => name)
      return sick.length === 0 ? holds(undefined) : notYet(`${sick.join(', ')} not healthy`)
    },
    {
      clock,
      signal,
      what: `etcd of lab ${cluster.lab} to take writes`,
      withinMs,
      everyMs: 200,
      code: 'LAB_UNHEALTHY',
      next: [hint('logs', {args: ['etcd1'], lab: cluster.lab}), hint('status', {lab: cluster.lab})],
    },
  )
}
