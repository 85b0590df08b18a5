// `hl backups create`: takes a backup.
import {Flags} from '@oclif/core'
import {chooseContentNode, recordContent, requireContentAllowed} from '../../../src/backup/content/record-content.ts'
import {takeBackup} from '../../../src/backup/take-backup.ts'
import {whileLocked} from '../../../src/lab/lifecycle/lock.ts'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {HlError} from '../../../src/model/errors.ts'
import {formatBytes} from '../../../src/report/quantity.ts'
import {formatMs} from '../../../src/model/time.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {docker, openLab} from '../../wire.ts'

export default class BackupsCreate extends BaseCommand {
  static override summary = 'Take a base backup, an incremental one, or a logical one'
  static override description =
    'From a standby unless told otherwise, by pg_basebackup or pg_dump. An incremental one becomes a full one where there is none to build on, and after every timeline switch.'
  static override flags = {
    kind: Flags.string({
      description: 'full or incremental (pg_basebackup), logical (pg_dump)',
      options: ['full', 'incremental', 'logical'],
      default: 'full',
    }),
    from: Flags.string({description: 'primary, standby or the name of a member', helpValue: '<node>'}),
    checkpoint: Flags.string({
      description: 'fast: at once; spread: no burst of writes, and minutes of waiting',
      options: ['fast', 'spread'],
      default: 'fast',
    }),
    compress: Flags.string({
      description: 'none, or as pg_basebackup takes it: server-zstd:3, gzip, lz4',
      helpValue: '<method>',
      default: 'none',
    }),
    rate: Flags.string({
      description: 'at most so much per second, as pg_basebackup takes it: 50M',
      helpValue: '<bytes>',
    }),
    label: Flags.string({description: 'a word to find it by; repeatable', helpValue: '<word>', multiple: true}),
    content: Flags.boolean({
      description:
        'record with it what the tables hold, so that a restore can be compared; pauses the replay of a standby for a moment, and reads there',
      default: false,
    }),
    pin: Flags.boolean({description: 'retention never removes it', default: false}),
  }
  static override examples = [
    '<%= config.bin %> backups create',
    '<%= config.bin %> backups create --kind incremental',
    '<%= config.bin %> backups create --content',
    '<%= config.bin %> backups create --compress server-zstd:3 --rate 50M --label before-migration --pin',
  ]

  override async run(): Promise<BackupRecord> {
    const {flags} = await this.parse(BackupsCreate)
    const settings = this.settingsFrom(flags)
    const {cluster} = await openLab(settings)
    const kind = (['full', 'incremental', 'logical'] as const).find(word => word === flags.kind) ?? 'full'
    if (flags.content && kind === 'logical')
      throw new HlError(
        'USAGE',
        'the content of a logical backup is not recorded: it belongs to no position in the WAL',
        {next: ['hl backups create --content', 'hl backups create --kind logical']},
      )
    // Before a backup is taken that could not be given its content.
    if (flags.content) requireContentAllowed(cluster)
    if (flags.content) chooseContentNode(await cluster.state(), null)
    const clock = monotonicClock()
    const record = await whileLocked(docker, {lab: settings.lab, what: 'hl backups create'}, async () => {
      const taken = await takeBackup(cluster, clock, {
        kind,
        checkpoint: flags.checkpoint === 'spread' ? 'spread' : 'fast',
        compression: flags.compress,
        labels: flags.label ?? [],
        pinned: flags.pin,
        ...(flags.from === undefined ? {} : {from: flags.from}),
        ...(flags.rate === undefined ? {} : {rate: flags.rate}),
        progress: text => this.note(text),
      })
      if (!flags.content) return taken
      this.note('recording its content; replay of a standby is paused for a moment')
      return interruptible(
        {
          once: 'interrupted: replay goes on, the backup stays without its content',
          twice: `stopped; hl psql --lab ${settings.lab} --node ${taken.node} "SELECT pg_wal_replay_resume()" if replay stands still`,
          note: text => this.note(text),
        },
        async signal => recordContent(cluster, clock, taken, signal),
      )
    })
    this.show(
      `${record.kind} backup ${record.id} from ${record.node}: ${formatBytes(record.bytes.stored)} in ${formatMs(record.durationMs)}${record.stopLsn === null ? '' : `, consistent from ${record.stopLsn}`}`,
    )
    if (record.content !== undefined)
      this.show(
        `content of ${record.content.tables.length} tables recorded at ${record.content.lsn} on ${record.content.node}: hl backups verify ${record.id} --restore compares a restore with it`,
      )
    return record
  }
}
