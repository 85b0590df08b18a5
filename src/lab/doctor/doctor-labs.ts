// Checks of the labs: left-behind pieces of crashed runs, and the health of each lab that runs.
import {messageOf} from '../../model/errors.ts'
import {hintText, type NextStep} from '../../model/command-hint.ts'
import type {Cluster} from '../../model/ports.ts'
import {defaultSettings, healthProblems} from '../../model/topology.ts'
import {connectLab, type ConnectedLab, type ConnectOptions} from '../lifecycle/connect-lab.ts'
import type {Docker} from '../docker/docker.ts'
import {ok, warn, type DoctorCheck} from './doctor-check.ts'
import type {LabDescription} from '../lifecycle/lab-description.ts'
import {leftovers} from '../lifecycle/leftovers.ts'
import {listRecords} from '../lifecycle/restore-record.ts'
import {unfinishedText, waysOut, type UnfinishedRestore} from '../lifecycle/restore-state.ts'
import type {Condition} from '../observe/lab-conditions.ts'
import {whoHolds} from '../observe/read-conditions.ts'

export async function checkLeftovers(docker: Docker, labs: readonly LabDescription[]): Promise<readonly DoctorCheck[]> {
  const found = await leftovers(docker, labs)
  if (found.length === 0) return [ok('leftovers', 'nothing left behind')]
  return found.map(leftover =>
    warn(`leftover-${leftover.kind}`, `lab ${leftover.lab}: ${leftover.detail}`, leftover.fix),
  )
}

/** What is wrong with a lab beside its clusters, from a room that knows more of it than this one. */
export type ConditionsOf = (docker: Docker, lab: ConnectedLab) => Promise<readonly Condition[]>

export interface LabChecks extends ConnectOptions {
  readonly conditions: ConditionsOf
}

/**
 * One finding per lab that has a running container, and one for each condition of it; of a lab that a cut-off restore
 * left its own, whatever runs.
 */
export async function checkLabs(
  docker: Docker,
  labs: readonly LabDescription[],
  options: LabChecks,
): Promise<readonly DoctorCheck[]> {
  const unfinished = await listRecords(docker)
  const isHalf = ({lab}: LabDescription): boolean => unfinished.some(one => one.lab === lab && one.stage === 'begun')
  const running = labs.filter(lab => !isHalf(lab) && lab.services.some(service => service.facts.status === 'running'))
  const checks = await Promise.all(running.map(async lab => checkLab(docker, lab, options)))
  const told = running.map(({lab}) => lab)
  const halves = await Promise.all(
    unfinished.filter(({lab}) => !told.includes(lab)).map(async one => checkHalf(one, labs)),
  )
  return [...halves, ...checks.flat()]
}

async function checkHalf(unfinished: UnfinishedRestore, labs: readonly LabDescription[]): Promise<DoctorCheck> {
  const {lab} = unfinished
  const found = labs.find(one => one.lab === lab)
  const holder = found === undefined ? null : await whoHolds(found)
  const id = `restore-${lab}`
  return holder === null
    ? warn(id, unfinishedText(unfinished), fixText(waysOut(unfinished), lab))
    : ok(id, `a restore is under way: ${holder} works on it`)
}

const fixText = (steps: readonly NextStep[], lab: string): string =>
  steps.map(step => hintText(step, lab)).join(', or ')

async function checkLab(
  docker: Docker,
  lab: LabDescription,
  {conditions: conditionsOf, ...connect}: LabChecks,
): Promise<readonly DoctorCheck[]> {
  const id = `lab-${lab.lab}`
  try {
    const connected = await connectLab(docker, lab.lab, connect)
    const {clusters} = connected
    const [conditions, ...looks] = await Promise.all([
      conditionsOf(docker, connected),
      ...clusters.map(async ({cluster}) => look(cluster)),
    ])
    const primaries = looks.map(({primary}) => primary ?? 'nobody')
    const problems = [...new Set(looks.flatMap(one => one.problems))]
    const said = conditions.map(({text, fix}) => warn(id, text, fixText(fix, lab.lab)))
    if (problems.length > 0 && !conditions.some(({blocks}) => blocks === true))
      said.push(warn(id, problems.join('; '), `hl faults heal --all --lab ${lab.lab}, or hl down --lab ${lab.lab}`))
    return said.length === 0
      ? [ok(id, `healthy, ${primaries.join(', ')} ${primaries.length === 1 ? 'is' : 'are'} primary`)]
      : said
  } catch (error) {
    return [warn(id, messageOf(error), `hl down --lab ${lab.lab}`)]
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
