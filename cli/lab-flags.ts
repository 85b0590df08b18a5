// Flags of `hl up` that say what a new lab consists of.
import * as Flags from '@oclif/core/flags'
import {labProfiles, type LabProfile, type ShapeRequest} from '../src/lab/lifecycle/lab-shape.ts'
import {archiveModes} from '../src/model/backup.ts'

/** Also of what brings labs up for itself: `hl failover`, `hl drill`. */
export const profileFlag = {
  profile: Flags.option({
    description:
      'of a lab that is brought up: standard: three PostgreSQL nodes, three etcd members, pgpool; small: one etcd ' +
      'member, no pgpool (standard when absent)',
    options: labProfiles,
    helpGroup: 'CLUSTER',
  })(),
}

export const labFlags = {
  ...profileFlag,
  'shards': Flags.integer({
    description:
      'that many clusters, s1, s2 …, on one etcd, 1 to 16; without pgpool, which serves one cluster (one cluster, ' +
      'called hl, when absent)',
    helpValue: '<n>',
    helpGroup: 'CLUSTER',
  }),
  'add-shard': Flags.boolean({
    description:
      'bring one more cluster up in a lab of shards that is up, like the others; it is no shard of the map yet',
    default: false,
    helpGroup: 'CLUSTER',
  }),
  'nodes': Flags.integer({
    description: 'PostgreSQL nodes of a small lab, or of each shard, 1 to 3 (3 when absent)',
    helpValue: '<n>',
    helpGroup: 'CLUSTER',
  }),
  'archive': Flags.string({
    description:
      'how WAL gets into the archive: none, command (archive_command), stream (pg_receivewal), sync (commits wait ' +
      'for it)',
    options: [...archiveModes],
    helpGroup: 'CLUSTER',
  }),
  'encrypt': Flags.boolean({
    description:
      'encrypt WAL and backups on the nodes for a key that the archive does not hold; with --archive command',
    helpGroup: 'CLUSTER',
    allowNo: true,
  }),
  'monitoring': Flags.boolean({
    description:
      'Prometheus and Alertmanager beside the lab, also beside one that is up; what they look at comes from the ' +
      'exporter, metrics serve. Their image is built when it is first asked for',
    helpGroup: 'MONITORING',
  }),
  'alert-webhook': Flags.string({
    description:
      'where Alertmanager sends alerts, and that they are over; host.docker.internal is this machine (as it was when ' +
      'absent, nowhere for a new one)',
    helpValue: '<url>',
    helpGroup: 'MONITORING',
    dependsOn: ['monitoring'],
  }),
  'port-base': Flags.string({
    description: 'first of the published ports (a free block when absent)',
    helpValue: '<port>',
  }),
}

export const shapeFrom = ({
  profile,
  shards,
  nodes,
}: {
  readonly profile?: LabProfile | undefined
  readonly shards?: number | undefined
  readonly nodes?: number | undefined
}): ShapeRequest => ({
  ...(profile === undefined ? {} : {profile}),
  ...(shards === undefined ? {} : {shards}),
  ...(nodes === undefined ? {} : {nodes}),
})
