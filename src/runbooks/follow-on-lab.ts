// A runbook on a lab that is there, with a folder for what came of it. Not here: a lab that is broken for it
// (rehearse.ts).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {checkChoices, followRunbook, type FollowOptions} from './follow.ts'
import type {Incident} from './incident.ts'
import type {IncidentFolder} from './keep-incident.ts'
import {labMachines} from './lab-machines.ts'

/** What a runbook's placeholders stand for on a lab, without being told. PURE. */
export function placesOf({
  cluster,
}: Pick<ConnectedLab, 'cluster'>): Readonly<Record<'lab' | 'shard' | 'cluster', string>> {
  return {lab: cluster.lab, shard: cluster.name, cluster: cluster.name}
}

export interface FollowedIncident {
  readonly incident: Incident
  /** The folder of its report. */
  readonly path: string
}

/** Errors: USAGE before anything is made, those of followRunbook. */
export async function followOnLab(
  lab: ConnectedLab,
  {
    newFolder,
    ...options
  }: Omit<FollowOptions, 'incident' | 'lab' | 'machines' | 'keep'> & {newFolder: () => IncidentFolder},
): Promise<FollowedIncident> {
  checkChoices(options.runbook, options)
  const folder = newFolder()
  const incident = await followRunbook({
    ...options,
    incident: folder.incident,
    lab: lab.cluster.lab,
    machines: labMachines(lab, options.clock),
    keep: record => folder.keep(record),
  })
  return {incident, path: folder.path}
}
