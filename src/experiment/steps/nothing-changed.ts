// What there is before a restore that hl must refuse, and after: the lab that runs, and the one that a restore would
// make. Invariant: what could not be seen is unknown, never as it was.
import type {Check} from '../../model/verdict.ts'
import {plural} from '../../model/quantity.ts'
import type {Footprint, World} from '../world.ts'
import {otherRelations} from './victim.ts'

export interface Scene {
  readonly primary: string | null
  readonly timeline: number | null
  /** As otherRelations tells them. */
  readonly relations: readonly string[]
  readonly footprint: Footprint
}

/** null when not all of it could be seen. */
export async function lookAround({cluster, recovery}: Pick<World, 'cluster' | 'recovery'>): Promise<Scene | null> {
  try {
    const {primary, timeline} = await cluster.state()
    const relations = primary === null ? [] : await otherRelations(recovery.sql)
    return {primary, timeline, relations, footprint: await recovery.footprint()}
  } catch {
    return null
  }
}

/** PURE. `mayLeaveLab`: a restore that was given up half way leaves the lab that it made, without its data. */
export function nothingChanged(before: Scene | null, after: Scene | null, mayLeaveLab: boolean): Check {
  const check = (verdict: Check['verdict'], detail: string): Check => ({name: 'nothing-changed', verdict, detail})
  if (before === null || after === null) return check('unknown', 'not all could be seen that might have changed')
  const changed = [
    ...(before.primary === after.primary
      ? []
      : [`the primary was ${before.primary ?? 'nobody'} and is ${after.primary ?? 'nobody'}`]),
    ...(before.timeline === null || after.timeline === null || before.timeline === after.timeline
      ? []
      : [`the timeline was ${before.timeline} and is ${after.timeline}`]),
    ...differences(before.footprint.own, after.footprint.own),
    ...(mayLeaveLab ? [] : differences(before.footprint.restored, after.footprint.restored)),
    // Without a primary nobody could list them.
    ...(after.primary === null ? [] : differences(before.relations, after.relations)),
  ]
  if (changed.length > 0) return check('fail', changed.join('; '))
  if (after.primary === null || after.timeline === null || after.relations.length === 0)
    return check('unknown', 'the lab has no primary that could say what it holds')
  return check(
    'pass',
    `${after.primary} is the primary on timeline ${after.timeline}; as they were there: ` +
      `${plural(after.relations.length, 'relation')}, ${plural(after.footprint.own.length, 'container or volume', 'containers and volumes')}`,
  )
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter(each => !after.includes(each)).map(each => `gone: ${each}`),
    ...after.filter(each => !before.includes(each)).map(each => `new: ${each}`),
  ]
}
