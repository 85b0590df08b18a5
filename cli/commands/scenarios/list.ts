// `hl scenarios`: what can be broken.
import {scenarios} from '../../../scenarios/index.ts'
import type {Scenario} from '../../../src/model/scenario.ts'
import {BaseCommand} from '../../base-command.ts'

export default class ScenariosList extends BaseCommand {
  static override aliases = ['scenarios']
  static override summary = 'List the scenarios'
  static override examples = ['<%= config.bin %> scenarios']

  override async run(): Promise<readonly Pick<Scenario, 'name' | 'nature' | 'summary' | 'failover'>[]> {
    await this.parse(ScenariosList)
    const all = Object.values(scenarios).map(({name, nature, summary, failover}) => ({name, nature, summary, failover}))
    this.showTable(
      [{name: 'SCENARIO'}, {name: 'NATURE'}, {name: 'FAILOVER'}, {name: 'WHAT HAPPENS'}],
      all.map(row => [row.name, row.nature, row.failover, row.summary]),
    )
    return all
  }
}
