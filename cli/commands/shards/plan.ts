// `hl shards plan`: what a rebalance would move, and all that speaks against it.
import {exitCode} from '../../../src/model/errors.ts'
import {loadsFrom, weightsFrom} from '../../../src/sharding/move-request.ts'
import {planOverShards, type PlanAnswer} from '../../../src/sharding/plan-over-shards.ts'
import {BaseCommand} from '../../base-command.ts'
import {byFlag, shareFlags, toleranceFrom} from '../../move-flags.ts'
import {planScreen} from '../../view/move-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsPlan extends BaseCommand {
  static override summary = 'Show what a rebalance would move, before and after; exit 4 when it would be refused'
  static override description =
    'Rows are counted, bytes are measured, times follow from assumed rates. The fewest bytes are moved that make ' +
    'the shards alike within the tolerance. The other commands that move show their plan with --dry-run.'
  static override flags = {...byFlag, ...shareFlags}
  static override examples = [
    '<%= config.bin %> shards plan',
    '<%= config.bin %> shards plan --by rows --weight s1=2 --weight s2=1',
  ]

  override async run(): Promise<PlanAnswer> {
    const {flags} = await this.parse(ShardsPlan)
    const {by} = flags
    const request = {kind: 'rebalance', by, weights: weightsFrom(flags.weight ?? []), ...toleranceFrom(flags)} as const
    const lab = await openLab(this.settingsFrom(flags))
    const plan = await planOverShards(lab, {request, loads: loadsFrom(flags.load ?? [])})
    this.show(planScreen(plan, {theme: this.theme(process.stdout), finish: false}))
    if (plan.moves.some(({refusals}) => refusals.length > 0)) this.exitWith(exitCode.notReady)
    return plan
  }
}
