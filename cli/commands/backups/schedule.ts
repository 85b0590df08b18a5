// `hl backups schedule`: takes, verifies, restores and removes backups when it is time, until Ctrl-C.
import {Flags} from '@oclif/core'
import {requireContentAllowed} from '../../../src/backup/content/record-content.ts'
import {requireArchive} from '../../../src/backup/read-archive.ts'
import {runSchedule, type ScheduleSummary} from '../../../src/backup/schedule/run-schedule.ts'
import type {Outcome} from '../../../src/backup/schedule/decide-due.ts'
import {whileLocked} from '../../../src/lab/lifecycle/lock.ts'
import {exitCode, HlError} from '../../../src/model/errors.ts'
import {formatMs} from '../../../src/model/time.ts'
import {seededRandom} from '../../../src/experiment/random.ts'
import {scheduleWork} from '../../backup-schedule.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {durationFlag, retentionFlags, retentionPolicy} from '../../retention-flags.ts'
import {drawSeed} from '../../seed.ts'
import {confirmByName} from '../../view/ask.ts'
import {docker, openLab} from '../../wire.ts'

const every = (description: string, group = 'SCHEDULE') =>
  Flags.string({description, helpValue: '<duration>', helpGroup: group})

export default class BackupsSchedule extends BaseCommand {
  static override summary = 'Take, verify, restore and prune backups when it is time, until Ctrl-C'
  static override description =
    'What is not asked for is not done. What was done is remembered in the archive, so it goes on where it was. After a switchover or failover a full backup is due at once. A failure is told and tried again later. Ctrl-C ends it after the task in hand; a restore, and recording content, is given up, and nothing is noted of it. With --json each outcome is a line of JSON, and so is the answer at the end.'
  static override flags = {
    'full-every': every('a full backup when the newest is older'),
    'incremental-every': every('an incremental one when the newest backup is older'),
    'verify-every': every('verify each backup once it is there, and again after so long'),
    'prove-every': every(
      'restore a random backup to a random moment on a scratch container, and verify what comes of it',
    ),
    'content': Flags.boolean({
      description: 'record what the tables hold with each full backup; pauses the replay of a standby',
      helpGroup: 'SCHEDULE',
      default: false,
    }),
    'once': Flags.boolean({
      description: 'do what is due now and end; exit 1 when something failed',
      helpGroup: 'SCHEDULE',
      default: false,
    }),
    'seed': Flags.string({description: 'repeat the same draws', helpValue: '<n>', helpGroup: 'SCHEDULE'}),
    'metrics-file': Flags.string({
      description: 'write the state here as Prometheus text, for the textfile collector',
      helpValue: '<file>',
      helpGroup: 'SCHEDULE',
    }),
    ...retentionFlags,
    'confirm': Flags.string({description: 'the name of the lab: retention may remove', helpValue: '<lab>'}),
  }
  static override examples = [
    '<%= config.bin %> backups schedule --full-every 24h --incremental-every 1h --verify-every 24h --prove-every 24h',
    '<%= config.bin %> backups schedule --full-every 24h --window 48h --confirm lab --metrics-file /var/lib/node_exporter/hl.prom',
    '<%= config.bin %> backups schedule --full-every 24h --prove-every 24h --once --json',
  ]

  override async run(): Promise<ScheduleSummary> {
    const {flags} = await this.parse(BackupsSchedule)
    const given = this.settingsFrom(flags)
    const retention = retentionPolicy(flags)
    const settings = {
      fullEveryMs: durationFlag('--full-every', flags['full-every']),
      incrementalEveryMs: durationFlag('--incremental-every', flags['incremental-every']),
      verifyEveryMs: durationFlag('--verify-every', flags['verify-every']),
      restoreEveryMs: durationFlag('--prove-every', flags['prove-every']),
      retention,
    }
    if (Object.values(settings).every(value => value === undefined))
      throw new HlError('USAGE', 'there is nothing to do: no interval and no rule is given', {
        next: ['hl backups schedule --full-every 24h --incremental-every 1h --verify-every 24h --prove-every 24h'],
      })
    const {cluster} = await openLab(given)
    requireArchive(cluster)
    if (flags.content) requireContentAllowed(cluster)
    if (retention !== undefined)
      await confirmByName({
        lab: given.lab,
        destroys: `this removes backups of lab ${given.lab} again and again`,
        given: flags.confirm,
        mayAsk: this.mayAsk(),
      })
    const seed = given.seed ?? drawSeed()
    const note = (text: string): void => this.note(text)
    const clock = monotonicClock()
    return whileLocked(docker, {lab: given.lab, role: 'schedule', what: 'hl backups schedule'}, async () =>
      interruptible(
        {
          once: 'ending: a restore, or recording content, is given up, anything else in hand is finished first; again to stop at once',
          twice: 'stopped; a container or a draft may be left, which the next task removes',
          note,
        },
        async signal => {
          note(`schedule of lab ${given.lab}, seed ${seed}${flags.once ? '' : '; Ctrl-C ends it'}`)
          const work = await scheduleWork(cluster, clock, {
            settings,
            content: flags.content,
            metricsFile: flags['metrics-file'] ?? null,
            random: seededRandom(seed),
            tell: outcome => this.tell(outcome),
            note,
            signal,
          })
          const summary = await runSchedule(work, clock, {settings, once: flags.once, signal})
          this.show(
            `${summary.done} done, ${summary.failed} failed${summary.postponed === 0 ? '' : `, ${summary.postponed} postponed`}`,
          )
          if (flags.once && summary.failed + summary.postponed > 0) this.exitWith(exitCode.fail)
          return summary
        },
      ),
    )
  }

  private tell(outcome: Outcome): void {
    if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(outcome)}\n`)
    else
      this.show(
        `${outcome.at} ${outcome.ok ? 'ok  ' : 'FAIL'} ${outcome.task} (${formatMs(outcome.durationMs)}) ${outcome.detail}`,
      )
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json)}\n`)
  }
}
