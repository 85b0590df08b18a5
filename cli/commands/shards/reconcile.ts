// `hl shards reconcile`: a shard that was restored by itself is brought in line with the others, and serves again.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {answerOf, lookAtReconcile, reconcileLab, type ReconcileAnswer} from '../../../src/sharding/reconcile-lab.ts'
import {BaseCommand} from '../../base-command.ts'
import {dryRunFlag} from '../../experiment-flags.ts'
import {confirmYes} from '../../view/ask.ts'
import {reconcileScreen} from '../../view/reconcile-screen.ts'
import {docker, openLab} from '../../wire.ts'

export default class ShardsReconcile extends BaseCommand {
  static override summary = 'Bring a shard that was restored by itself in line with the others, so that it serves again'
  static override description =
    'After `restore --shard <name> --in-place` a shard is in quarantine: it serves nothing. Groups that it owned then ' +
    'and that nobody has taken since are its own again; what went away since is removed from it. Reference tables are ' +
    'copied from another shard. What nobody can decide is refused with the way out: groups that came later, whose ' +
    'rows it lacks; transactions over shards of which it has lost its part (--accept-lost).'
  static override args = {shard: Args.string({description: 'which shard (the one in quarantine when absent)'})}
  static override flags = {
    'accept-lost': Flags.boolean({
      description: 'accept that transactions over shards stay on some of their shards alone',
      default: false,
    }),
    'yes': Flags.boolean({char: 'y', description: 'do not ask'}),
    ...dryRunFlag,
  }
  static override examples = [
    '<%= config.bin %> shards reconcile --dry-run',
    '<%= config.bin %> shards reconcile s2 --lab sharded --accept-lost --yes',
  ]

  override async run(): Promise<ReconcileAnswer> {
    const {args, flags} = await this.parse(ShardsReconcile)
    const lab = await openLab(this.settingsFrom(flags))
    const asked = {shard: args.shard, acceptLost: flags['accept-lost']}
    const look = answerOf(lab.cluster.lab, await lookAtReconcile(lab, asked), null)
    this.show(reconcileScreen(look))
    if (flags['dry-run']) return look
    if (!flags.yes)
      await confirmYes({
        text: `Bring ${look.shard} in line with the others?`,
        mayAsk: this.mayAsk(),
        otherwise: '--yes does it without a question, --dry-run shows what it would be',
      })
    const answer = await reconcileLab(docker, lab, {...asked, shard: look.shard}, this.note)
    this.show(reconcileScreen(answer))
    return answer
  }
}
