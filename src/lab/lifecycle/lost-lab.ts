// PURE: a lab of which the archive is left, and no node of any cluster. Not here: how it is restored (src/recovery).
import {hint, type NextStep} from '../../model/command-hint.ts'
import type {LabDescription} from './lab-description.ts'
import {isOfShards} from './lab-shape.ts'

/** A new lab of its name would begin with nothing, so this comes first. Empty: it is no such lab. */
export function waysBack({lab, archive, clusters}: Pick<LabDescription, 'lab' | 'archive' | 'clusters'>) {
  if (archive === 'none' || clusters.some(({members}) => members.length > 0)) return []
  const why = 'brings back what its archive holds'
  const next: readonly NextStep[] = isOfShards(clusters)
    ? [hint('restore', {flags: {'into': '<new lab>', 'to-barrier': 'latest'}, lab, why})]
    : [hint('restore', {flags: {into: '<new lab>', to: 'latest'}, lab, why})]
  return next
}
