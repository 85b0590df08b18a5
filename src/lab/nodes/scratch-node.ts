// The container in which a backup is restored to see that it can be: its data belongs to nobody and goes with it.
// Invariant: no network, the archive mounted read-only, the lab's label on container and volume, so that `hl down`
// takes both after a crash; one per lab, and the next one removes what is left of the last. Not here: what is done in
// it (src/backup/verify).
import type {RestoreNode} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {projectOf, scratchLabel} from '../lifecycle/lab-description.ts'
import {startWithData} from './offline-node.ts'

const scratched = `${scratchLabel}=1`
const nameOf = (lab: string): string => `${projectOf(lab)}-scratch`

/** The data of a scratch container. */
export const scratchVolume = (lab: string): string => `${projectOf(lab)}_scratch-data`

/** Starts an empty one. The caller holds the lab, so that nobody else's is removed. */
export async function startScratchNode(docker: Docker, lab: string): Promise<RestoreNode> {
  return startWithData(
    docker,
    {name: nameOf(lab), lab, from: lab, hostname: 'scratch', labels: [scratched]},
    scratchVolume(lab),
  )
}
