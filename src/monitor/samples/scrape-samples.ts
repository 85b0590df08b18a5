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

/** `sql`: a connection and who the node is. `statistics`: its views. `journal`: what the schedule did. */
export type SourceName =
  'lab' | 'sql' | 'statistics' | 'patroni' | 'etcd' | 'dcs' | 'archive' | 'journal' | 'last_commit' | 'map'

export function scrapeSamples(lab: string, asked: readonly Asked[], tookMs: number): readonly Sample[] {
  return [
    ...asked.flatMap(({cluster, member, source, up, tookMs: each}) => [
      ...sample('hl_scrape_source_up', {lab, cluster, member, source}, up),
      ...sample('hl_scrape_source_duration_seconds', {lab, cluster, member, source}, each / 1_000),
    ]),
    ...sample('hl_scrape_duration_seconds', {lab}, tookMs / 1_000),
  ]
}
