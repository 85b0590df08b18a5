// `hl runbooks run`: walks through a runbook on a lab, and keeps what came of it.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {Incident} from '../../../src/runbooks/incident.ts'
import {followOnLab, placesOf} from '../../../src/runbooks/follow-on-lab.ts'
import {soundRunbook} from '../../../src/runbooks/read-runbooks.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {exitOfVerdict} from '../../present-report.ts'
import {blockAsker, blockNotes, newIncident, requireAnswers, valuesOf} from '../../runbook-flags.ts'
import {shardFlag} from '../../shard-flag.ts'
import {incidentScreen} from '../../view/runbook-screen.ts'
import {openShard} from '../../wire.ts'

const texts = {
  once: 'interrupted: ending the block; again to leave it',
  twice: 'left as it is: what the block began may go on',
}

export default class RunbooksRun extends BaseCommand {
  static override summary = 'Follow a runbook on a lab: ask before each change, check what is expected, keep a report'
  static override description =
    'Stops at the first block that does not do what it should. Commands, outputs and times are in .hl/incidents.'
  static override args = {
    runbook: Args.string({description: 'a name, see hl runbooks, or a file of your own, .md', required: true}),
  }
  static override flags = {
    ...shardFlag,
    yes: Flags.boolean({char: 'y', description: 'do not ask', default: false}),
    case: Flags.string({
      multiple: true,
      description: 'also the blocks for this case; repeatable',
      helpValue: '<case>',
    }),
    set: Flags.string({
      multiple: true,
      description: 'what a placeholder stands for: node=pg3; repeatable',
      helpValue: '<name=value>',
    }),
  }
  static override examples = [
    '<%= config.bin %> runbooks run primary-down --set node=pg1',
    '<%= config.bin %> runbooks run node-down --set node=pg3 --case damaged --yes',
  ]

  override async run(): Promise<Incident> {
    const {args, flags} = await this.parse(RunbooksRun)
    const {runbook} = soundRunbook(args.runbook)
    const settings = this.settingsFrom(flags)
    const lab = await openShard(settings, this.shardFrom(flags))
    const {note} = this
    const choices = {
      cases: flags.case ?? [],
      values: {...placesOf(lab), ...valuesOf(flags.set)},
    }
    const asking = {yes: flags.yes, mayAsk: this.mayAsk()}
    requireAnswers(runbook, choices, asking)
    const {incident, path} = await interruptible({...texts, note}, async signal =>
      followOnLab(lab, {
        runbook,
        ...choices,
        clock: monotonicClock(),
        signal,
        mayChange: blockAsker(asking, signal),
        ...blockNotes(note),
        newFolder: () => newIncident(settings.incidents),
      }),
    )
    this.show(incidentScreen(incident, path))
    this.exitWith(exitOfVerdict(incident.verdict))
    return incident
  }
}
