// `hl scenarios`: what can be broken and recovered from.
import {scenarios} from '../../../scenarios/index.ts'
import {natureOf, type Nature, type Scenario} from '../../../src/model/scenario.ts'
import {BaseCommand} from '../../base-command.ts'
import {commandOf} from '../../resolve-scenario.ts'

type ScenarioLine = Pick<Scenario, 'name' | 'kind' | 'summary' | 'failover'> & {readonly nature: Nature}

export default class ScenariosList extends BaseCommand {
  static override aliases = ['scenarios']
  static override summary = 'List the scenarios, and which command runs each'
  static override examples = ['<%= config.bin %> scenarios']

  override async run(): Promise<readonly ScenarioLine[]> {
    await this.parse(ScenariosList)
    const all = Object.values(scenarios).map((scenario: Scenario): ScenarioLine => {
      const {name, kind, summary, failover} = scenario
      return {name, kind, nature: natureOf(scenario), summary, failover}
    })
    this.showTable(
      [{name: 'SCENARIO'}, {name: 'RUN BY'}, {name: 'NATURE'}, {name: 'FAILOVER'}, {name: 'WHAT HAPPENS'}],
      all.map(row => [row.name, `hl ${commandOf(row)}`, row.nature, row.failover, row.summary]),
    )
    return all
  }
}
