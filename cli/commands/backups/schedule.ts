// `hl backups schedule`: takes, verifies, restores and removes backups when it is time, until Ctrl-C.
import type {Outcome} from '../../../src/backup/schedule/decide-due.ts'
import type {ScheduleSummary} from '../../../src/backup/schedule/run-schedule.ts'
import {seededRandom} from '../../../src/experiment/random.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {formatMs} from '../../../src/model/time.ts'
import {requireSchedulable, scheduleBackups, type ScheduleOptions} from '../../../src/recovery/schedule.ts'
import {formatBytes} from '../../../src/model/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {writeJson} from '../../output.ts'
import {metricsWriter, scheduleFlags, scheduleSettings} from '../../schedule-flags.ts'
import {drawSeed} from '../../seed.ts'
import {confirmByName} from '../../view/ask.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard, recoveryPorts} from '../../wire.ts'

const texts = {
  once: 'ending: a restore, or recording content, is given up, anything else in hand is finished first; again to stop at once',
  twice: 'stopped; a container or a draft may be left, which the next task removes',
}

export default class BackupsSchedule extends BaseCommand {
  static override summary = 'Take, verify, restore and prune backups when it is time, until Ctrl-C'
  static override description =
    'What is not asked for is not done. What was done is remembered in the archive, so it goes on where it was. After a switchover or failover a full backup is due at once. A failure is told and tried again later. Ctrl-C ends it after the task in hand; a restore, and recording content, is given up, and nothing is noted of it. With --json each outcome is a line of JSON, and so is the answer at the end.'
  static override flags = {...shardFlag, ...scheduleFlags}
  static override examples = [
    '<%= config.bin %> backups schedule --full-every 24h --incremental-every 1h --verify-every 24h --verify-restore-every 24h',
    '<%= config.bin %> backups schedule --full-every 24h --window 48h --confirm lab --metrics-file /var/lib/node_exporter/hl.prom',
    '<%= config.bin %> backups schedule --full-every 24h --verify-restore-every 24h --once --json',
  ]

  override async run(): Promise<ScheduleSummary> {
    const {flags} = await this.parse(BackupsSchedule)
    const given = this.settingsFrom(flags)
    const settings = scheduleSettings(flags)
    const {cluster} = await openShard(given, this.shardFrom(flags))
    requireSchedulable(cluster, flags.content)
    if (settings.retention !== undefined)
      await confirmByName({
        lab: given.lab,
        destroys: `this removes backups of lab ${given.lab} again and again`,
        given: flags.confirm,
        mayAsk: this.mayAsk(),
      })
    const seed = given.seed ?? drawSeed()
    const {note} = this
    const options: ScheduleOptions = {
      settings,
      content: flags.content,
      once: flags.once,
      publish: metricsWriter(cluster, flags['metrics-file']),
      random: seededRandom(seed),
      bytesText: formatBytes,
      tell: outcome => this.tell(outcome),
    }
    const summary = await interruptible({...texts, note}, async signal => {
      note(`schedule of lab ${given.lab}, seed ${seed}${flags.once ? '' : '; Ctrl-C ends it'}`)
      return scheduleBackups(recoveryPorts(note, signal), cluster, options)
    })
    this.show(
      `${summary.done} done, ${summary.failed} failed${summary.postponed === 0 ? '' : `, ${summary.postponed} postponed`}`,
    )
    if (flags.once && summary.failed + summary.postponed > 0) this.exitWith(exitCode.fail)
    return summary
  }

  private tell(outcome: Outcome): void {
    if (this.jsonEnabled()) writeJson(outcome, 'line')
    else
      this.show(
        `${outcome.at} ${outcome.ok ? 'ok  ' : 'FAIL'} ${outcome.task} (${formatMs(outcome.durationMs)}) ${outcome.detail}`,
      )
  }

  override logJson(json: unknown): void {
    writeJson(json, 'line')
  }
}
