// Checks of the labs: left-behind pieces of crashed runs, and the health of each lab that runs.
import type {Cluster} from '../../model/ports.ts'
import {defaultSettings, healthProblems} from '../../model/topology.ts'
import {connectLab, type ConnectOptions} from '../lifecycle/connect-lab.ts'
import type {Docker} from '../docker/docker.ts'
import {ok, warn, type DoctorCheck} from './doctor-check.ts'
import type {LabDescription} from '../lifecycle/lab-description.ts'
import {leftovers} from '../lifecycle/leftovers.ts'

export async function checkLeftovers(docker: Docker, labs: readonly LabDescription[]): Promise<readonly DoctorCheck[]> {
  const found = await leftovers(docker, labs)
  if (found.length === 0) return [ok('leftovers', 'nothing left behind')]
  return found.map(leftover =>
    warn(`leftover-${leftover.kind}`, `lab ${leftover.lab}: ${leftover.detail}`, leftover.fix),
  )
}

/** One finding per lab that has a running container. */
export async function checkLabs(
  docker: Docker,
  labs: readonly LabDescription[],
  connect: ConnectOptions,
): Promise<readonly DoctorCheck[]> {
  const running = labs.filter(lab => lab.services.some(service => service.facts.status === 'running'))
  return await Promise.all(running.map(async lab => await checkLab(docker, lab, connect)))
}

async function checkLab(docker: Docker, lab: LabDescription, connect: ConnectOptions): Promise<DoctorCheck> {
  const id = `lab-${lab.lab}`
  try {
    const {clusters} = await connectLab(docker, lab.lab, connect)
    const looks = await Promise.all(clusters.map(async ({cluster}) => look(cluster)))
    const primaries = looks.map(({primary}) => primary ?? 'nobody')
    const problems = [...new Set(looks.flatMap(one => one.problems))]
    return problems.length === 0
      ? ok(id, `healthy, ${primaries.join(', ')} ${primaries.length === 1 ? 'is' : 'are'} primary`)
      : warn(id, problems.join('; '), `hl faults heal --all --lab ${lab.lab}, or hl down --lab ${lab.lab}`)
  } catch (error) {
    return warn(id, error instanceof Error ? error.message : String(error), `hl down --lab ${lab.lab}`)
  }
}

async function look(
  cluster: Cluster,
): Promise<{readonly primary: string | null; readonly problems: readonly string[]}> {
  const [state, settings] = await Promise.all([cluster.state(), cluster.settings().catch(() => defaultSettings)])
  return {primary: state.primary, problems: [...healthProblems(state, settings), ...(await cuts(cluster))]}
}

async function cuts(cluster: Cluster): Promise<readonly string[]> {
  const services = [...cluster.members, ...cluster.dcsMembers]
  const answers = await Promise.all(
    services.map(async service => ({service, cut: await cluster.isPartitioned(service)})),
  )
  return answers
    .filter(answer => answer.cut === true)
    .map(({service}) => `${service} is cut off by rules of an earlier run`)
}
