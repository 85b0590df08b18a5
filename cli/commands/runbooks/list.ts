// `hl runbooks`: what there is for the night.
import {allRunbooks} from '../../../src/runbooks/read-runbooks.ts'
import type {FrontMatter, Runbook} from '../../../src/runbooks/runbook.ts'
import {BaseCommand} from '../../base-command.ts'
import {runbookCells, runbookColumns} from '../../view/runbook-screen.ts'

interface RunbookLine extends Pick<Runbook, 'name' | 'title'>, FrontMatter {
  /** How many are carried out. */
  readonly blocks: number
}

export default class RunbooksList extends BaseCommand {
  static override aliases = ['runbooks']
  static override summary = 'List the runbooks: which alerts they are for, and the scenario that rehearses each'
  static override examples = ['<%= config.bin %> runbooks']

  override async run(): Promise<readonly RunbookLine[]> {
    await this.parse(RunbooksList)
    const runbooks = allRunbooks().map(({runbook}) => runbook)
    this.showTable(runbookColumns, runbooks.map(runbookCells))
    return runbooks.map(({name, title, front, blocks}) => ({name, title, ...front, blocks: blocks.length}))
  }
}
