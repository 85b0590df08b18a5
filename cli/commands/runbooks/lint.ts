// `hl runbooks lint`: does all that the runbooks name exist?
import {scenarioNames} from '../../../scenarios/index.ts'
import {errorCodes, exitCode} from '../../../src/model/errors.ts'
import {lintRunbooks} from '../../../src/runbooks/lint-runbooks.ts'
import {packageFiles} from '../../../src/runbooks/read-runbooks.ts'
import type {Problem} from '../../../src/runbooks/runbook.ts'
import {BaseCommand} from '../../base-command.ts'
import {commandShapes} from '../../command-shapes.ts'

export default class RunbooksLint extends BaseCommand {
  static override summary = 'Check that all that the runbooks name exists; exit 1 with file and line where not'
  static override description =
    'Every alert has one runbook, every error its page, every scenario is there, every command is one that hl takes ' +
    'with its flags, and every block says where it is carried out and what to expect.'
  static override examples = ['<%= config.bin %> runbooks lint']

  override async run(): Promise<{readonly checked: number; readonly problems: readonly Problem[]}> {
    await this.parse(RunbooksLint)
    const runbooks = packageFiles('runbooks', '.md')
    const errorPages = packageFiles('runbooks/errors', '.md')
    const problems = lintRunbooks({
      runbooks,
      errorPages,
      rules: packageFiles('monitoring/rules', '.yml'),
      errorCodes,
      scenarios: scenarioNames,
      commands: commandShapes(this.config.commands),
    })
    const checked = runbooks.length + errorPages.length
    this.show(
      problems.length === 0
        ? `ok: ${checked} pages`
        : problems.map(({file, line, problem}) => `${file}:${line}: ${problem}`).join('\n'),
    )
    this.exitWith(problems.length === 0 ? exitCode.pass : exitCode.fail)
    return {checked, problems}
  }
}
