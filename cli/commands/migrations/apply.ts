// `hl migrations apply`: the migrations of a folder, on all shards in step.
import * as Flags from '@oclif/core/flags'
import {
  applyMigrations,
  migrationStatus,
  type MigrationsReport,
  type MigrationsStatus,
} from '../../../src/shards/index.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {migrationTargets} from '../../../src/sharding/lab-shards.ts'
import {shardsPrelude} from '../../../src/sharding/prepare-shards.ts'
import {asHlErrors} from '../../../src/sharding/shard-errors.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {folderFlag} from '../../lab-migrations.ts'
import {appMigrations} from '../../../src/sharding/app-migrations.ts'
import {shardFlag} from '../../shard-flag.ts'
import {durationFlag} from '../../retention-flags.ts'
import {reportText, statusText} from '../../view/migrations-screen.ts'
import {openLab} from '../../wire.ts'

const texts = {
  once: 'interrupted: connections are cut, and the servers roll back what is under way; run it again to go on',
  twice: 'left as it is; the servers roll back what is under way',
}

export default class MigrationsApply extends BaseCommand {
  static override summary =
    'Apply what is due to all shards of a lab, one migration after the other; exit 1 when one fails'
  static override description =
    'Nothing is touched before all shards are reached, idle and the same. Locks are waited for briefly and often. ' +
    'What was cut off is resumed by the same command.'
  static override flags = {
    ...shardFlag,
    ...folderFlag,
    'dry-run': Flags.boolean({description: 'show what is due; change nothing', default: false}),
    'limit': Flags.string({
      description: 'how long one try of one migration may take on one shard (default 10m)',
      helpValue: '<duration>',
    }),
  }
  static override examples = [
    '<%= config.bin %> migrations apply',
    '<%= config.bin %> migrations apply --dry-run',
    '<%= config.bin %> migrations apply --folder ./migrations --limit 1h',
  ]

  override async run(): Promise<MigrationsReport | MigrationsStatus> {
    const {flags} = await this.parse(MigrationsApply)
    const files = await appMigrations(flags.folder)
    const limitMs = durationFlag('--limit', flags.limit)
    const targets = await migrationTargets(await openLab(this.settingsFrom(flags)), flags.shard)
    if (flags['dry-run']) {
      const status = await asHlErrors(() => migrationStatus(targets, files))
      this.show(statusText(status))
      return status
    }
    const report = await interruptible({...texts, note: this.note}, async signal => {
      const applied = await asHlErrors(() =>
        applyMigrations(targets, files, {
          signal,
          prelude: shardsPrelude(),
          limits: limitMs === undefined ? {} : {migrationMs: limitMs},
          onProgress: ({shard, migration, what, message}) =>
            this.note(`${shard}: ${migration} ${what}${message === '' ? '' : `: ${message}`}`),
        }),
      )
      if (applied.outcome !== 'applied') this.exitWith(signal.aborted ? exitCode.interrupted : exitCode.fail)
      return applied
    })
    this.show(reportText(report))
    return report
  }
}
