// `hl scenarios`: what can be broken.
import {scenarios} from '../../../scenarios/index.ts'
import type {Scenario} from '../../../src/model/scenario.ts'
import {BaseCommand} from '../../base-command.ts'
import {table} from '../../view/table.ts'

export default class ScenariosList extends BaseCommand {
  static override aliases = ['scenarios']
  static override summary = 'List the scenarios'
  static override examples = ['<%= config.bin %> scenarios']

  override async run(): Promise<readonly Pick<Scenario, 'name' | 'nature' | 'summary' | 'failover'>[]> {
    await this.parse(ScenariosList)
    const all = Object.values(scenarios).map(({name, nature, summary, failover}) => ({name, nature, summary, failover}))
    this.show(table(['SCENARIO', 'NATURE', 'FAILOVER', 'WHAT HAPPENS'], all.map(row => [row.name, row.nature, row.failover, row.summary])))
    return all
  }
}
