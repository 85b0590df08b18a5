// `hl drill`: a disaster, a restore, and what it cost.
import type {Plan} from '../../src/model/plan.ts'
import {drillLab} from '../../src/model/command-hint.ts'
import type {Report} from '../../src/model/report.ts'
import {recoveryNames} from '../../scenarios/index.ts'
import {globalFlags} from '../base-command.ts'
import {planOverrides} from '../cluster-overrides.ts'
import {experimentFlags, scenarioArg} from '../experiment-flags.ts'
import {scenarioOf} from '../resolve-scenario.ts'
import {ScenarioCommand} from '../scenario-command.ts'

export default class Drill extends ScenarioCommand {
  static override summary = 'Destroy a lab of its own, restore it from its archive, and report RTO, RPO and precision'
  static override description =
    'Brings up a lab with an archive, takes backups under load, lets the disaster happen, restores, and takes the ' +
    'labs down afterwards. A lab that runs already is not touched.'
  static override baseFlags = globalFlags(drillLab)
  static override args = scenarioArg
  static override flags = experimentFlags(recoveryNames)
  static override examples = [
    '<%= config.bin %> drill dropped-table',
    '<%= config.bin %> drill cluster-lost --rto-max 5m --rpo-max 0 --report drill.html',
    '<%= config.bin %> drill ./mine.ts --dry-run',
  ]

  override async run(): Promise<Report | Plan> {
    const {args, flags} = await this.parse(Drill)
    const settings = this.settingsFrom(flags, {lab: drillLab})
    const {lab} = settings
    return this.runScenario(
      {...flags, scenario: scenarioOf('drill', args, flags)},
      {
        kind: 'recovery',
        settings,
        through: 'router',
        // The scenario says which cluster it needs; a person's objectives may be others.
        overrides: {settings: {}, load: {}, objectives: planOverrides(settings).objectives ?? {}},
        interrupted: {
          once: 'interrupted: taking the labs away; again to leave them',
          twice: `left as it is; hl down --lab ${lab} --volumes --confirm ${lab}, and the same for ${lab}-restored`,
        },
      },
    )
  }
}
