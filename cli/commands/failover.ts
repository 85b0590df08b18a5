// `hl failover`: breaks a cluster as a scenario says and reports what it cost.
import type {Plan} from '../../src/model/plan.ts'
import type {Report} from '../../src/model/report.ts'
import {failoverNames, shardNames} from '../../scenarios/index.ts'
import {planOverrides} from '../cluster-overrides.ts'
import {clusterFlags, experimentFlags, loadFlags, scenarioArg} from '../experiment-flags.ts'
import {shardFlag} from '../shard-flag.ts'
import {hint, hintText} from '../../src/model/command-hint.ts'
import {scenarioOf} from '../resolve-scenario.ts'
import {ScenarioCommand} from '../scenario-command.ts'

const mends = hint('faults heal', {flags: {all: true}, why: 'mends it'})

export default class Failover extends ScenarioCommand {
  static override summary = 'Break a cluster under load and report RTO, RPO and a verdict'
  static override description =
    'Uses the running lab; where none runs it brings one up and takes it down afterwards. Heals what it broke on ' +
    'any exit, Ctrl-C included. In a lab of several shards it breaks the one that --shard names, and checks that ' +
    'the others were left alone. Scenarios over shards write to all of them, and need a lab of two.'
  static override args = scenarioArg
  static override flags = {
    ...shardFlag,
    ...experimentFlags([...failoverNames, ...shardNames]),
    ...loadFlags,
    ...clusterFlags,
  }
  static override examples = [
    '<%= config.bin %> failover primary-crash',
    '<%= config.bin %> failover primary-crash --repeat 10 --seed 7 --rto-max 30s --rpo-max 0',
    '<%= config.bin %> failover primary-pause --sync quorum --ttl 30s --report pause.html',
    '<%= config.bin %> failover primary-crash --lab sharded --shard s2',
    '<%= config.bin %> failover shard-primary-crash --lab sharded',
    '<%= config.bin %> failover ./mine.ts --dry-run',
  ]

  override async run(): Promise<Report | Plan> {
    const {args, flags} = await this.parse(Failover)
    const settings = this.settingsFrom(flags)
    const shard = this.shardFrom(flags)
    return this.runScenario(
      {...flags, scenario: scenarioOf('failover', args, flags)},
      {
        kind: 'failover',
        settings,
        shard,
        through: settings.through,
        overrides: planOverrides(settings, flags.param),
        interrupted: {
          once: 'interrupted: healing the faults; again to leave them',
          twice: `left as it is; ${hintText(mends, settings.lab, flags.shard)}`,
        },
      },
    )
  }
}
