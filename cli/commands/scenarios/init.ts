// `hl scenarios init`: a file of one's own to begin with.
import {writeFileSync} from 'node:fs'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {HlError} from '../../../src/model/errors.ts'
import {BaseCommand} from '../../base-command.ts'
import {commandOf, resolveScenario} from '../../resolve-scenario.ts'
import {scenarioFile} from '../../view/scenario-file.ts'

export default class ScenariosInit extends BaseCommand {
  static override summary = 'Write a scenario file of your own to begin with; never over one that is there'
  static override args = {
    file: Args.string({description: 'the new file, .ts or .json', default: './my-scenario.ts'}),
  }
  static override flags = {
    from: Flags.string({description: 'the scenario that it begins as', default: 'primary-crash', helpValue: '<name>'}),
  }
  static override examples = [
    '<%= config.bin %> scenarios init',
    '<%= config.bin %> scenarios init ./mine.json --from dropped-table',
  ]

  override async run(): Promise<{readonly file: string; readonly from: string}> {
    const {args, flags} = await this.parse(ScenariosInit)
    const {file} = args
    const scenario = await resolveScenario(flags.from)
    const text = scenarioFile(scenario, file)
    try {
      writeFileSync(file, text, {flag: 'wx'})
    } catch (error) {
      throw new HlError('USAGE', `${file} cannot be written`, {
        next: ['name a file that is not there yet, in a folder that is'],
        cause: error,
      })
    }
    this.show(`wrote ${file}\ncheck it: hl scenarios check ${file}\nrun it: hl ${commandOf(scenario)} ${file}`)
    return {file, from: scenario.name}
  }
}
