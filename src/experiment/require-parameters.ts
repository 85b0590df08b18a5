// Parameters of a plan that are not in effect yet: what the server does not take, and what only a restart brings into
// force, is refused before the run. Not here: applying them (run-settings.ts).
import {notInForce, otherText, readParameters} from '../lab/patroni/server-parameters.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import type {ClusterSettings} from '../model/topology.ts'

type Parameters = ClusterSettings['parameters']

/** PURE: those that `now` lacks, or has with another value. */
export function newParameters(now: Parameters, planned: Parameters): Parameters {
  return Object.fromEntries(Object.entries(planned).filter(([name, value]) => String(now[name]) !== String(value)))
}

/** Asks a node that takes connections. CONFIG_INVALID. */
export async function requireParameters(
  cluster: Pick<Cluster, 'exec' | 'lab'>,
  node: string,
  parameters: Parameters,
): Promise<void> {
  if (Object.keys(parameters).length === 0) return
  const run = async (argv: readonly string[]) => cluster.exec(node, argv, {user: 'postgres', timeoutMs: 30_000})
  const wanted = await readParameters(run, parameters)
  const frozen = (await notInForce(cluster, node, wanted)).filter(({needsRestart}) => needsRestart)
  if (frozen.length === 0) return
  const all = frozen.map(otherText).join('; ')
  throw new HlError(
    'CONFIG_INVALID',
    `only a restart of PostgreSQL changes these, and a run restarts nothing: ${all}`,
    {
      next: [
        hint('up', {lab: '<new lab>', flags: {param: `${frozen[0]?.name ?? ''}=${frozen[0]?.wanted ?? ''}`}}),
        'or name a lab that is not there with --lab: it is made with them',
      ],
    },
  )
}
