// What `hl up` answers. Not here: how it is brought up.
import type {ClusterMembers} from '../src/lab/lifecycle/lab-description.ts'
import type {MonitoringPlace} from '../src/lab/lifecycle/monitoring-services.ts'
import type {PreparedShards} from '../src/sharding/prepare-shards.ts'

/** Of a lab that is up, or of what would be done. */
export interface UpAnswer {
  readonly lab: string
  readonly did: string
  /** Its clusters, each with its members. */
  readonly shards: readonly (ClusterMembers & {readonly endpoints?: unknown})[]
  /** Of its first cluster. */
  readonly endpoints?: unknown
  readonly settings: unknown
  /** Of a lab of shards; null: it is one cluster, or was not brought up. */
  readonly map: PreparedShards | null
  /** Prometheus and Alertmanager beside it; null: it has none. Absent: it was not brought up. */
  readonly monitoring?: MonitoringPlace | null
}
