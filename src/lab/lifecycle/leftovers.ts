// What crashed runs and closed laptops leave behind: locks whose process is gone, paused and stopped containers,
// networks and volumes of labs that have no containers. Invariant: looks only; hl down and heal-all act. Not here: cuts
// and maintenance mode (faults/heal-all.ts).
import {hint, hintText} from '../../model/command-hint.ts'
import {plural} from '../../model/quantity.ts'
import type {Docker} from '../docker/docker.ts'
import {labLabel, lockLabel, scratchLabel, type LabDescription} from './lab-description.ts'
import {listLabs} from './lab-inventory.ts'
import {ownerOf} from './lab-owner.ts'
import {listRecords} from './restore-record.ts'
import {goneFromThisHost, holderOf, type Holder, type IsGone} from './lock.ts'
import {lines} from '../docker/parse-docker.ts'

export interface Leftover {
  readonly lab: string
  readonly kind:
    'killed-test' | 'stale-lock' | 'scratch' | 'paused' | 'stopped' | 'network-without-lab' | 'volumes-without-lab'
  readonly detail: string
  /** The command that deals with it. */
  readonly fix: string
}

/**
 * Everything left behind, of all labs. A lab that somebody holds may be coming up at this moment: nothing of it is left
 * over.
 */
export async function leftovers(
  docker: Docker,
  labs: readonly LabDescription[],
  isGone: IsGone = goneFromThisHost,
): Promise<readonly Leftover[]> {
  const known = await Promise.all(
    labs.map(async lab => {
      const locks = lab.others.filter(container => container.labels[lockLabel] !== undefined).map(holderOf)
      const gone = await Promise.all(locks.map(isGone))
      const held = gone.includes(false)
      const scratch = held ? [] : lab.others.filter(container => container.labels[scratchLabel] !== undefined)
      const owner = held ? null : await goneOwner(lab, isGone)
      return {lab, scratch, owner, stale: locks.filter((_, index) => gone[index] === true), held}
    }),
  )
  // What a cut-off restore left is told with what ends it (doctor-labs.ts): here it would be taken for something
  // stopped.
  const half = new Set((await listRecords(docker)).filter(({stage}) => stage !== 'checked').map(({lab}) => lab))
  const inUse = new Set(
    known
      .filter(({lab, held}) => held || lab.services.length > 0)
      .map(({lab}) => lab.lab)
      .concat([...half]),
  )
  const [networks, volumes] = await Promise.all(
    ['network', 'volume'].map(async object => await ownersWithoutLab(docker, object, inUse)),
  )
  return [
    ...known.flatMap(({lab, stale, scratch, owner}) => [
      ...(owner === null ? [] : [killedTest(lab, owner)]),
      ...stale.map(holder => staleLock(lab, holder)),
      ...scratch.map(container => forgotten(lab, container.name)),
      ...(half.has(lab.lab) || owner !== null ? [] : idleContainers(lab)),
    ]),
    ...(networks ?? []).map(([lab]): Leftover => ({
      lab,
      kind: 'network-without-lab',
      detail: 'a network without containers',
      fix: 'hl down --leftovers',
    })),
    ...(volumes ?? []).map(([lab, count]): Leftover => ({
      lab,
      kind: 'volumes-without-lab',
      detail: `the data is kept (${plural(count, 'volume')} without containers)`,
      fix: `hl up --lab ${lab} takes it over, hl down --lab ${lab} --volumes --confirm ${lab} destroys it`,
    })),
  ]
}

/** Labs of which nothing is left but a lock or a network: what can be removed without a question. */
export async function leftoverLabs(docker: Docker, isGone: IsGone = goneFromThisHost): Promise<readonly string[]> {
  const labs = await listLabs(docker)
  const inUse = new Set(labs.filter(({services}) => services.length > 0).map(({lab}) => lab))
  const found = (await leftovers(docker, labs, isGone)).filter(
    ({lab, kind}) => kind === 'network-without-lab' || (kind === 'stale-lock' && !inUse.has(lab)),
  )
  return [...new Set(found.map(({lab}) => lab))]
}

/** null: it belongs to nobody, or its owner lives. */
async function goneOwner({services}: LabDescription, isGone: IsGone): Promise<Holder | null> {
  const owner = services.map(({facts}) => ownerOf(facts.labels)).find(found => found !== null) ?? null
  return owner !== null && (await isGone(owner)) ? owner : null
}

function killedTest({lab}: LabDescription, {what, pid}: Holder): Leftover {
  return {
    lab,
    kind: 'killed-test',
    detail: `made by ${what}, whose process ${pid} is gone`,
    fix: 'hl down --leftovers, or the next start of a test cluster',
  }
}

function staleLock({lab, services}: LabDescription, holder: Holder): Leftover {
  return {
    lab,
    kind: 'stale-lock',
    detail: `locked by ${holder.what}, whose process ${holder.pid} is gone`,
    fix: services.length > 0 ? 'nothing: the next run takes it over' : 'hl down --leftovers',
  }
}

function forgotten({lab}: LabDescription, container: string): Leftover {
  return {
    lab,
    kind: 'scratch',
    detail: `${container} restores a backup, and nobody waits for it`,
    fix:
      `nothing: the next ${hintText(hint('backups verify', {flags: {restore: true}}), lab)} removes it; or docker ` +
      `rm -f ${container}`,
  }
}

function idleContainers(lab: LabDescription): readonly Leftover[] {
  return (['paused', 'stopped'] as const).flatMap(status => {
    const names = lab.services.filter(service => service.facts.status === status).map(service => service.name)
    return names.length === 0
      ? []
      : [
          {
            lab: lab.lab,
            kind: status,
            detail: `${status}: ${names.join(', ')}`,
            fix: `hl up --lab ${lab.lab}, or hl down --lab ${lab.lab}`,
          },
        ]
  })
}

/** Labs of which only such objects are there, with how many. */
async function ownersWithoutLab(
  docker: Docker,
  object: string,
  inUse: ReadonlySet<string>,
): Promise<readonly (readonly [string, number])[]> {
  const owners = lines(
    await docker.text([object, 'ls', '--filter', `label=${labLabel}`, '--format', `{{.Label "${labLabel}"}}`]),
  )
  return [...new Set(owners)]
    .filter(lab => !inUse.has(lab))
    .sort()
    .map(lab => [lab, owners.filter(owner => owner === lab).length] as const)
}
