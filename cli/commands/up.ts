// `hl up`: brings a lab up.
import {foreseeUp} from '../../src/lab/lifecycle/up-lab.ts'
import {bringUpPrepared} from '../../src/sharding/prepare-shards.ts'
import {addShard, requireOnlyAdd} from '../add-shard.ts'
import {BaseCommand} from '../base-command.ts'
import {clusterOverrides} from '../cluster-overrides.ts'
import {clusterFlags, dryRunFlag} from '../experiment-flags.ts'
import {labFlags, shapeFrom} from '../lab-flags.ts'
import {interruptible} from '../interrupt.ts'
import {folderFlag} from '../lab-migrations.ts'
import {checkMonitoring, withMonitoring} from '../lab-monitoring.ts'
import {appMigrations} from '../../src/sharding/app-migrations.ts'
import type {UpAnswer} from '../up-answer.ts'
import {plannedText, upText} from '../view/up-text.ts'
import {docker, upOptions} from '../wire.ts'

export default class Up extends BaseCommand {
  static override summary = 'Start a lab: three PostgreSQL nodes under Patroni, three etcd members, pgpool'
  static override description =
    'A lab that is up is left alone; one that is stopped is started. Cluster flags count for a new lab only. ' +
    'Shards get the migrations and a map, once. A small lab serves what needs neither an election of etcd nor ' +
    'pgpool.'
  static override flags = {
    ...clusterFlags,
    ...dryRunFlag,
    ...labFlags,
    ...folderFlag,
  }
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --lab second --sync quorum --ttl 30s',
    '<%= config.bin %> up --lab small --profile small --nodes 2',
    '<%= config.bin %> up --lab sharded --shards 2 --nodes 2',
    '<%= config.bin %> up --lab sharded --add-shard',
    '<%= config.bin %> up --lab third --archive command --encrypt',
    '<%= config.bin %> up --monitoring --alert-webhook http://host.docker.internal:9094/',
  ]

  override async run(): Promise<UpAnswer> {
    const {flags} = await this.parse(Up)
    const settings = this.settingsFrom(flags)
    if (flags['add-shard']) {
      requireOnlyAdd(flags)
      return addShard(settings, flags, {note: this.note, show: text => this.show(text)})
    }
    checkMonitoring(flags)
    const wanted = clusterOverrides(settings, flags.param)
    const name = settings.lab
    const options = {...upOptions(settings, wanted), ...shapeFrom(flags)}
    if (flags['dry-run']) {
      const plan = await foreseeUp(docker, options)
      this.show(plannedText(name, plan, wanted))
      if (flags.monitoring) this.show('would put Prometheus and Alertmanager beside it')
      return {lab: name, did: 'nothing (dry run)', shards: plan.clusters, settings: wanted, map: null}
    }
    const progress = this.note
    const migrations = await appMigrations(flags.folder)
    const undo = `hl down --lab ${name} takes it away`
    const {lab, did, map, monitoring} = await interruptible(
      {once: 'interrupted: stopping; again to stop at once', twice: undo, note: progress},
      async signal => {
        const up = await bringUpPrepared(docker, {...options, migrations, progress, signal})
        return {...up, monitoring: await withMonitoring(up.lab, flags, {progress, signal})}
      },
    )
    const shard = lab.clusters.length > 1 ? lab.cluster.name : null
    this.show(upText(name, {did, map, shard, monitoring}))
    return {
      lab: name,
      did,
      shards: lab.clusters.map(({cluster, endpoints}) => ({name: cluster.name, members: cluster.members, endpoints})),
      endpoints: lab.endpoints,
      settings: await lab.cluster.settings(),
      map,
      monitoring,
    }
  }
}
