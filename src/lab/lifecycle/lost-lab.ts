// PURE: a lab of which the archive is left, and no node of any cluster nor its data. Not here: how it is restored
// (src/recovery).
import {hint, type NextStep} from '../../model/command-hint.ts'
import {archiveService, projectOf, type LabDescription} from './lab-description.ts'
import {isOfShards, shapeOfData} from './lab-shape.ts'

/**
 * A new lab of its name would begin with nothing, so this comes first. Empty: it is no such lab; where the volumes of
 * nodes are left, `hl down` and `hl up` take them over. `volumes`: those of the lab.
 */
export function waysBack(
  {lab, archive, clusters, services}: Pick<LabDescription, 'lab' | 'archive' | 'clusters' | 'services'>,
  volumes: readonly string[],
): readonly NextStep[] {
  const data = volumes.map(volume => volume.replace(`${projectOf(lab)}_`, ''))
  const isLost = clusters.every(({members}) => members.length === 0) && shapeOfData(data) === null
  if (archive === 'none' || !isLost) return []
  const why = 'brings back what its archive holds'
  const store = services.find(({name}) => name === archiveService)
  return [
    ...(store === undefined || store.facts.status === 'running' ? [] : [`docker start ${store.container}`]),
    isOfShards(clusters)
      ? hint('restore', {flags: {'into': '<new lab>', 'to-barrier': 'latest'}, lab, why})
      : hint('restore', {flags: {into: '<new lab>', to: 'latest'}, lab, why}),
  ]
}
