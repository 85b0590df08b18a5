// `hl scenarios check`: is a file of one's own a scenario?
import * as Args from '@oclif/core/args'
import {BaseCommand} from '../../base-command.ts'
import {commandOf, scenarioFromFile} from '../../resolve-scenario.ts'

export default class ScenariosCheck extends BaseCommand {
  static override summary = 'Check a scenario file of your own; exit 2 and the wrong field when it is none'
  static override args = {file: Args.string({description: 'a .ts file that exports one scenario', required: true})}
  static override examples = ['<%= config.bin %> scenarios check ./mine.ts']

  override async run(): Promise<{readonly file: string; readonly name: string}> {
    const {args} = await this.parse(ScenariosCheck)
    const scenario = await scenarioFromFile(args.file)
    this.show(
      `ok: ${args.file} is the ${scenario.kind} "${scenario.name}", ${scenario.steps.length} steps\nrun it: ` +
        `hl ${commandOf(scenario)} --scenario ${args.file}`,
    )
    return {file: args.file, name: scenario.name}
  }
}
