// `hl migrations maintain`: partitions made ahead, old ones detached, on all shards.
import {maintainPartitions, type ShardMaintenance} from '../../../src/shards/index.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {migrationTargets} from '../../../src/sharding/lab-shards.ts'
import {asHlErrors} from '../../../src/sharding/shard-errors.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {shardFlag} from '../../shard-flag.ts'
import {maintenanceText} from '../../view/migrations-screen.ts'
import {openLab} from '../../wire.ts'

const texts = {
  once: 'interrupted: connections are cut; tables that were done stay done, run it again for the others',
  twice: 'left as it is',
}

export default class MigrationsMaintain extends BaseCommand {
  static override summary = "Run pg_partman's maintenance on all shards of a lab; exit 1 when it fails on one"
  static override description =
    'Makes the partitions of the coming months and detaches those that are past their time, which keep their ' +
    'rows; tells both for each shard. Once a day is enough.'
  static override flags = shardFlag
  static override examples = ['<%= config.bin %> migrations maintain', '<%= config.bin %> migrations maintain --json']

  override async run(): Promise<readonly ShardMaintenance[]> {
    const {flags} = await this.parse(MigrationsMaintain)
    const targets = await migrationTargets(await openLab(this.settingsFrom(flags)), flags.shard)
    const shards = await interruptible({...texts, note: this.note}, signal =>
      asHlErrors(() => maintainPartitions(targets, {signal})),
    )
    this.show(maintenanceText(shards))
    if (shards.some(({failure}) => failure !== null)) this.exitWith(exitCode.fail)
    return shards
  }
}
