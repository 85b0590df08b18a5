// `hl backups schedule`: takes, verifies, restores and removes backups when it is time, until Ctrl-C.
import type {ScheduleSummary} from '../../../src/backup/schedule/run-schedule.ts'
import {seededRandom} from '../../../src/experiment/random.ts'
import {atShard} from '../../../src/lab/lifecycle/connect-lab.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {requireSchedulable, scheduleBackups} from '../../../src/recovery/schedule.ts'
import {scheduleShards, type ShardsOutcome, type ShardsSummary} from '../../../src/recovery/schedule-shards.ts'
import {isSharded} from '../../../src/sharding/lab-shards.ts'
import {formatBytes} from '../../../src/model/quantity.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {writeJson} from '../../output.ts'
import {barrierEvery, metricsWriter, requireOf, scheduleFlags, scheduleSettings} from '../../schedule-flags.ts'
import {endTexts, notDone, outcomeLine, scheduleDescription, summaryLine} from '../../schedule-words.ts'
import {drawSeed} from '../../seed.ts'
import {confirmByName} from '../../view/ask.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openLab, recoveryPorts} from '../../wire.ts'

export default class BackupsSchedule extends BaseCommand {
  static override summary = 'Take, verify, restore and prune backups when it is time, until Ctrl-C'
  static override description = scheduleDescription
  static override flags = {...shardFlag, ...scheduleFlags}
  static override examples = [
    '<%= config.bin %> backups schedule --full-every 24h --incremental-every 1h --verify-every 24h --verify-restore-every 24h',
    '<%= config.bin %> backups schedule --full-every 24h --window 48h --confirm lab --metrics-file /var/lib/node_exporter/hl.prom',
    '<%= config.bin %> backups schedule --lab sharded --full-every 24h --barrier-every 1m',
    '<%= config.bin %> backups schedule --full-every 24h --verify-restore-every 24h --once --json',
  ]

  override async run(): Promise<ScheduleSummary | ShardsSummary> {
    const {flags} = await this.parse(BackupsSchedule)
    const given = this.settingsFrom(flags)
    const choice = this.shardFrom(flags)
    const settings = scheduleSettings(flags)
    const lab = await openLab(given)
    const ofAll = flags.shard === undefined && isSharded(lab) && lab.clusters.length > 1
    const all = lab.clusters.map(({cluster: {name}}) => name)
    requireOf(flags, {lab: given.lab, shards: ofAll ? all : null})
    const cluster = ofAll ? lab.cluster : atShard(lab, choice).cluster
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
    const {content, once} = flags
    const tell = (outcome: ShardsOutcome): void => this.tell(outcome)
    const options = {settings, content, once, random: seededRandom(seed), bytesText: formatBytes, tell}
    const publish = metricsWriter(cluster, flags['metrics-file'])
    const summary: ScheduleSummary | ShardsSummary = await interruptible({...endTexts, note}, async signal => {
      note(`schedule of lab ${given.lab}, seed ${seed}${once ? '' : '; Ctrl-C ends it'}`)
      const ports = recoveryPorts(note, signal)
      if (ofAll) return scheduleShards(ports, lab, {...options, barrierEveryMs: barrierEvery(flags)})
      return scheduleBackups(ports, cluster, {...options, publish})
    })
    this.show(summaryLine(summary))
    if (once && notDone(summary) > 0) this.exitWith(exitCode.fail)
    return summary
  }

  private tell(outcome: ShardsOutcome): void {
    if (this.jsonEnabled()) writeJson(outcome, 'line')
    else this.show(outcomeLine(outcome))
  }

  override logJson(json: unknown): void {
    writeJson(json, 'line')
  }
}
