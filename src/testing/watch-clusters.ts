// Watches all clusters of a lab while requests are measured, for nobody knows yet which the test breaks; the report is
// about one. Not here: how one is watched (src/lab/observe).
import {seenAfter, seenBefore} from '../experiment/other-shards.ts'
import {readConfig} from '../experiment/read-config.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster, Observer} from '../model/ports.ts'
import type {EffectiveConfig, OtherShard} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {LoadSpec} from '../model/scenario.ts'
import type {MeasuredShards} from './judge-requests.ts'
import type {Journal} from './journal.ts'

/** One cluster of the lab, and who watches it. */
export interface Watched {
  readonly cluster: Cluster
  readonly observer: Observer
}

/** What is known of all clusters before the first request. */
export interface Before {
  readonly configs: ReadonlyMap<string, EffectiveConfig>
  /** Of one cluster: none. */
  readonly shards: readonly OtherShard[]
}

export interface Watch {
  readonly stop: () => Promise<void>
  /** What was seen of the cluster that the test broke, and what the test did. */
  readonly events: () => readonly RunEvent[]
}

export async function lookBefore(watched: readonly Watched[], load: LoadSpec, {clock}: Journal): Promise<Before> {
  const read = watched.map(async ({cluster}) => {
    const {primary} = await cluster.state()
    return [cluster.name, await readConfig(cluster, primary, load)] as const
  })
  const [configs, shards] = await Promise.all([Promise.all(read), seenBefore({otherShards: othersOf(watched), clock})])
  return {configs: new Map(configs), shards}
}

export function watchAll(watched: readonly Watched[], journal: Journal): Watch {
  const seenOf = new WeakMap<RunEvent, string>()
  for (const {cluster, observer} of watched)
    observer.start(event => {
      seenOf.set(event, cluster.name)
      journal.emit(event)
    })
  return {
    stop: async () => {
      await Promise.all(watched.map(async ({observer}) => observer.stop()))
    },
    events: () => {
      const about = aboutOf(watched, journal)
      return journal.events.filter(event => (seenOf.get(event) ?? about) === about)
    },
  }
}

/** The first cluster that was broken; where none was, the first of all. */
export const aboutOf = (watched: readonly Watched[], {broken}: Journal): string =>
  broken[0] ?? watched[0]?.cluster.name ?? ''

export function configOf({configs}: Before, about: string): EffectiveConfig {
  const config = configs.get(about)
  if (config !== undefined) return config
  throw new HlError('BUG', `the report is about ${about}, which nobody watched`, {
    next: ['report this with the test you ran'],
  })
}

/** null: a lab of one cluster. */
export async function shardsOf(
  watched: readonly Watched[],
  before: Before,
  journal: Journal,
): Promise<MeasuredShards | null> {
  if (watched.length < 2) return null
  const about = aboutOf(watched, journal)
  const seen = await seenAfter(before.shards, {otherShards: othersOf(watched), clock: journal.clock})
  return {about, several: journal.broken.length > 1, others: seen.filter(({name}) => name !== about)}
}

const othersOf = (watched: readonly Watched[]): readonly Cluster[] =>
  watched.length < 2 ? [] : watched.map(({cluster}) => cluster)
