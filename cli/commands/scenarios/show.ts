// `hl scenarios show`: one scenario, whole.
import * as Args from '@oclif/core/args'
import type {Scenario} from '../../../src/model/scenario.ts'
import {BaseCommand} from '../../base-command.ts'
import {resolveScenario} from '../../resolve-scenario.ts'
import {scenarioScreen} from '../../view/scenario-screen.ts'

export default class ScenariosShow extends BaseCommand {
  static override summary = 'Show one scenario: cluster, load, steps, objectives, and what should happen'
  static override args = {scenario: Args.string({description: 'a name or a .ts file', required: true})}
  static override examples = ['<%= config.bin %> scenarios show primary-crash']

  override async run(): Promise<Scenario> {
    const {args} = await this.parse(ScenariosShow)
    const scenario = await resolveScenario(args.scenario)
    this.show(scenarioScreen(scenario))
    return scenario
  }
}
