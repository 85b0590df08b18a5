// `hl migrations status`: what is applied and due on each shard, and do they agree?
import {migrationStatus, type MigrationsStatus} from '../../../src/shards/index.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {migrationTargets} from '../../../src/sharding/lab-shards.ts'
import {asHlErrors} from '../../../src/sharding/shard-errors.ts'
import {BaseCommand} from '../../base-command.ts'
import {folderFlag} from '../../lab-migrations.ts'
import {appMigrations} from '../../../src/sharding/app-migrations.ts'
import {shardFlag} from '../../shard-flag.ts'
import {statusText} from '../../view/migrations-screen.ts'
import {openLab} from '../../wire.ts'

export default class MigrationsStatusCommand extends BaseCommand {
  static override summary =
    'Show which migrations each shard has, and whether the schemas are the same; exit 1 when they are not'
  static override description =
    'Changes nothing. Shards that have applied the same migrations are compared object by object; a file that was ' +
    'changed after it was applied counts as a difference too.'
  static override flags = {...shardFlag, ...folderFlag}
  static override examples = [
    '<%= config.bin %> migrations status',
    '<%= config.bin %> migrations status --folder ./migrations --json',
  ]

  override async run(): Promise<MigrationsStatus> {
    const {flags} = await this.parse(MigrationsStatusCommand)
    const files = await appMigrations(flags.folder)
    const targets = await migrationTargets(await openLab(this.settingsFrom(flags)), flags.shard)
    const status = await asHlErrors(() => migrationStatus(targets, files))
    this.show(statusText(status))
    if (status.drift !== null || status.refusals.length > 0) this.exitWith(exitCode.fail)
    return status
  }
}
