// Labs that live no longer than one process, a test's: every object of such a lab says whose it is, so that what a
// killed process left is told from what somebody works with, and taken away with its data. Invariant: only what is
// surely dead is touched, that is, made on this host by a process that is gone. Not here: labs that a person brought
// up, which belong to nobody.
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import {lines} from '../docker/parse-docker.ts'
import {takeDown} from './down-lab.ts'
import {labLabel} from './lab-description.ts'
import {listLabs} from './lab-inventory.ts'
import {goneFromThisHost, type Holder, type IsGone} from './lock.ts'

export const ownerLabel = 'hl.owner'
const pidLabel = 'hl.owner.pid'
const hostLabel = 'hl.owner.host'
const startedLabel = 'hl.owner.started'

type Labels = Readonly<Record<string, string>>

/** What each object of the lab bears. */
export function ownerLabels({what, pid, host, startedTicks}: Holder): Labels {
  return {[ownerLabel]: what, [pidLabel]: String(pid), [hostLabel]: host, [startedLabel]: startedTicks}
}

/** null: it belongs to nobody. */
export function ownerOf(labels: Labels): Holder | null {
  const what = labels[ownerLabel] ?? ''
  if (what === '') return null
  return {
    what,
    pid: Number(labels[pidLabel] ?? 0),
    host: labels[hostLabel] ?? '',
    startedTicks: labels[startedLabel] ?? '',
  }
}

/** The labs whose owner is surely gone, in order of their names; of one that was cut off half-way too. */
export async function deadLabs(docker: Docker, isGone: IsGone = goneFromThisHost): Promise<readonly string[]> {
  const [labs, networks, volumes] = await Promise.all([
    listLabs(docker),
    labelsOf(docker, 'network'),
    labelsOf(docker, 'volume'),
  ])
  const containers = labs.flatMap(({services, others}) => [...services.map(({facts}) => facts), ...others])
  const owners = new Map<string, Holder>()
  for (const labels of [...containers.map(container => container.labels), ...networks, ...volumes]) {
    const owner = ownerOf(labels)
    if (owner !== null) owners.set(labels[labLabel] ?? '', owner)
  }
  const gone = await Promise.all([...owners.values()].map(isGone))
  return [...owners.keys()].filter((lab, index) => lab !== '' && gone[index] === true).sort()
}

const columns = [labLabel, ownerLabel, pidLabel, hostLabel, startedLabel] as const

async function labelsOf(docker: Docker, object: 'network' | 'volume'): Promise<readonly Labels[]> {
  const format = columns.map(name => `{{.Label "${name}"}}`).join('\t')
  const listed = await docker.text([object, 'ls', '--filter', `label=${ownerLabel}`, '--format', format])
  return lines(listed).map(line => {
    const values = line.split('\t')
    return Object.fromEntries(columns.map((name, index) => [name, values[index] ?? '']))
  })
}

/**
 * Takes away all labs whose owner is gone, with their data; their names. One that somebody else holds, who may be doing
 * the same, is left to that one.
 */
export async function takeDeadLabs(docker: Docker, isGone: IsGone = goneFromThisHost): Promise<readonly string[]> {
  const taken: string[] = []
  for (const lab of await deadLabs(docker, isGone)) {
    try {
      await takeDown(docker, lab, {force: false, volumes: true})
      taken.push(lab)
    } catch (error) {
      if (!(error instanceof HlError) || error.code !== 'LAB_BUSY') throw error
    }
  }
  return taken
}
