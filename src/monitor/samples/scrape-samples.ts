// PURE: how the exporter's own questions went -> samples. Not here: asking (collect/).
import {sample, type Sample} from '../metrics/sample.ts'

/** One question to one source. */
export interface Asked {
  /** Empty: it belongs to the whole lab. */
  readonly cluster: string
  /** Empty: it belongs to the whole cluster. */
  readonly member: string
  readonly source: SourceName
  readonly up: boolean
  readonly tookMs: number
}

/** What is asked, by the value of the label `source`. */
export const sourceNames = {
  sql: 'a new connection to a node, and who it is',
  statistics: 'the views of a node',
  patroni: 'the REST API of a member',
  keys: 'what Patroni keeps of the cluster in etcd',
  etcd: 'a member of etcd',
  archive: 'what the archive holds',
  journal: 'what the schedule of backups has done',
  last_commit: 'the WAL in the archive',
  map: 'the shards, and their map',
  lab: 'Docker: where the members are, and their passwords',
} as const
export type SourceName = keyof typeof sourceNames

export function scrapeSamples(lab: string, asked: readonly Asked[], tookMs: number): readonly Sample[] {
  return [
    ...asked.flatMap(({cluster, member, source, up, tookMs: each}) => [
      ...sample('hl_scrape_source_up', {lab, cluster, member, source}, up),
      ...sample('hl_scrape_source_duration_seconds', {lab, cluster, member, source}, each / 1_000),
    ]),
    ...sample('hl_scrape_duration_seconds', {lab}, tookMs / 1_000),
  ]
}
