// The folder of an incident: incident.json and incident.md, its owner's alone. Invariant: both are whole at any moment.
// Not here: what they say (incident.ts).
import {join} from 'node:path'
import {makeFolder, saveWhole} from '../experiment/store/run-folder.ts'
import {incidentMarkdown, type Incident} from './incident.ts'

export interface IncidentFolder {
  readonly incident: string
  readonly path: string
  /** Errors: DISK_FULL, FILE_UNWRITABLE. */
  keep(incident: Incident): void
}

/** Made now, under `root`. `newId` draws its name, again where another incident has it. */
export function createIncident(root: string, newId: () => string): IncidentFolder {
  const incident = makeFolder(root, newId)
  const path = join(root, incident)
  return {
    incident,
    path,
    keep: record => {
      saveWhole(join(path, 'incident.json'), `${JSON.stringify(record, null, 2)}\n`)
      saveWhole(join(path, 'incident.md'), `${incidentMarkdown(record)}\n`)
    },
  }
}
