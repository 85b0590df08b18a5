// `hl runbooks rehearse`: breaks a lab as the runbook's scenario does, and follows it.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {rehearsalLab} from '../../../src/model/command-hint.ts'
import {HlError} from '../../../src/model/errors.ts'
import {worst} from '../../../src/model/verdict.ts'
import {BaseCommand, globalFlags} from '../../base-command.ts'
import {loadFlags} from '../../experiment-flags.ts'
import {profileFlag} from '../../lab-flags.ts'
import {exitOfVerdict} from '../../present-report.ts'
import {rehearseAll, rehearsalsOf} from '../../rehearse-runbooks.ts'
import {incidentScreen, rehearsalCells, rehearsalColumns, type RehearsedLine} from '../../view/runbook-screen.ts'

export default class RunbooksRehearse extends BaseCommand {
  static override summary = 'Break a lab as the runbook says, follow it, and see whether the cluster is whole again'
  static override description =
    'Uses the lab that runs under that name; where none runs it brings one up and takes it down afterwards. The load ' +
    'goes on meanwhile, and the verdict on the data is that of the stored run. Alerts are looked at with --prometheus ' +
    'only: one that has the rules of monitoring/ and scrapes that lab.'
  static override baseFlags = globalFlags(rehearsalLab)
  static override args = {runbook: Args.string({description: 'a name, see hl runbooks, or a file of your own, .md'})}
  static override flags = {
    ...profileFlag,
    all: Flags.boolean({description: 'one after the other, all that have a scenario', default: false}),
    keep: Flags.boolean({description: 'leave the lab running that was brought up for this', default: false}),
    seed: Flags.string({description: 'repeat the same draws', helpValue: '<n>'}),
    writes: loadFlags.writes,
    prometheus: Flags.string({description: 'whom to ask whether the alert fires and clears', helpValue: '<url>'}),
  }
  static override examples = [
    '<%= config.bin %> runbooks rehearse primary-down',
    '<%= config.bin %> runbooks rehearse --all',
    '<%= config.bin %> runbooks rehearse node-down --prometheus http://127.0.0.1:9090',
  ]

  override async run(): Promise<readonly RehearsedLine[]> {
    const {args, flags} = await this.parse(RunbooksRehearse)
    if ((args.runbook === undefined) !== flags.all)
      throw new HlError('USAGE', 'one runbook is named, or --all', {next: ['name one of those that hl runbooks lists']})
    const settings = this.settingsFrom(flags, {lab: rehearsalLab})
    const theme = this.theme(process.stderr)
    const json = this.jsonEnabled()
    // Lines, not a screen: between them stands what the blocks say.
    const view = {quiet: flags['quiet'], verbose: flags['verbose'] || !json, json, theme}
    const lines = await rehearseAll(rehearsalsOf(args.runbook), {
      settings,
      view,
      note: this.note,
      keepLab: flags.keep,
      profile: flags.profile,
      prometheus: flags.prometheus,
    })
    if (flags.all) this.showTable(rehearsalColumns, lines.map(rehearsalCells))
    else for (const {incident, path} of lines) if (incident !== null) this.show(incidentScreen(incident, path ?? ''))
    const verdicts = lines.filter(({why}) => why === null).map(({verdict}) => verdict)
    this.exitWith(exitOfVerdict(verdicts.length === 0 ? 'unknown' : worst(verdicts)))
    return lines
  }
}
