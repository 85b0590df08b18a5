// What crashed runs and closed laptops leave behind: locks whose process is gone, paused and stopped containers, networks and volumes of labs
// that have no containers. Invariant: looks only; hl down and heal-all act. Not here: cuts and maintenance mode (faults/heal-all.ts).
import type {Docker} from './docker.ts'
import {labLabel, lockLabel, type LabDescription} from './lab-description.ts'
import {goneFromThisHost, holderOf, type IsGone} from './lock.ts'
import {lines} from './parse-docker.ts'

export interface Leftover {
  readonly lab: string
  readonly kind: 'stale-lock' | 'paused' | 'stopped' | 'volumes-without-lab'
  readonly detail: string
  /** The command that deals with it. */
  readonly fix: string
}

/** Everything left behind, of all labs. */
export async function leftovers(docker: Docker, labs: readonly LabDescription[], isGone: IsGone = goneFromThisHost): Promise<readonly Leftover[]> {
  const perLab = await Promise.all(labs.map(async lab => [...(await staleLocks(lab, isGone)), ...idleContainers(lab)]))
  return [...perLab.flat(), ...(await orphanVolumes(docker, labs))]
}

async function staleLocks(lab: LabDescription, isGone: IsGone): Promise<readonly Leftover[]> {
  const locks = lab.others.filter(container => container.labels[lockLabel] !== undefined)
  const gone = await Promise.all(locks.map(async container => ({holder: holderOf(container), gone: await isGone(holderOf(container))})))
  return gone.filter(lock => lock.gone).map(({holder}) => ({lab: lab.lab, kind: 'stale-lock', detail: `locked by ${holder.what}, whose process ${holder.pid} is gone`, fix: lab.services.length > 0 ? 'nothing: the next run takes it over' : 'hl down --leftovers'}))
}

function idleContainers(lab: LabDescription): readonly Leftover[] {
  return (['paused', 'stopped'] as const).flatMap(status => {
    const names = lab.services.filter(service => service.facts.status === status).map(service => service.name)
    return names.length === 0 ? [] : [{lab: lab.lab, kind: status, detail: `${status}: ${names.join(', ')}`, fix: `hl up --lab ${lab.lab}, or hl down --lab ${lab.lab}`}]
  })
}

async function orphanVolumes(docker: Docker, labs: readonly LabDescription[]): Promise<readonly Leftover[]> {
  const owners = lines(await docker.text(['volume', 'ls', '--filter', `label=${labLabel}`, '--format', `{{.Label "${labLabel}"}}`]))
  const known = new Set(labs.filter(lab => lab.services.length > 0).map(lab => lab.lab))
  const orphaned = [...new Set(owners)].filter(lab => lab !== '' && !known.has(lab)).sort()
  return orphaned.map(lab => ({lab, kind: 'volumes-without-lab', detail: `${owners.filter(owner => owner === lab).length} volumes without containers`, fix: 'hl down --leftovers'}))
}
