// `hl nodes rebuild`: a node from the others.
import {hint, hintText} from '../../../src/model/command-hint.ts'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {rebuildMember, type RebuiltMember} from '../../../src/lab/nodes/rebuild-member.ts'
import {requireMember} from '../../../src/lab/lifecycle/lab-description.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible, leftToPatroni} from '../../interrupt.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {confirmYes} from '../../view/ask.ts'
import {shardFlag} from '../../shard-flag.ts'
import {docker, openShard} from '../../wire.ts'

export default class NodesRebuild extends BaseCommand {
  static override summary =
    'Throw the data of a node away and rebuild it from the others; hands over first where it is the primary'
  static override args = {node: Args.string({description: 'the node', required: true})}
  static override flags = {
    ...shardFlag,
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
  }
  static override examples = ['<%= config.bin %> nodes rebuild pg2 --yes']

  override async run(): Promise<RebuiltMember & {readonly node: string}> {
    const {args, flags} = await this.parse(NodesRebuild)
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    requireMember(cluster, args.node)
    if (!flags.yes)
      await confirmYes({
        text: `Throw away the data of ${args.node} and rebuild it?`,
        mayAsk: this.mayAsk(),
        otherwise: hintText(hint('nodes rebuild', {args: [args.node], flags: {yes: true}}), cluster.lab, cluster.name),
      })
    const {note} = this
    const rebuilt = await interruptible({...leftToPatroni, note}, async signal =>
      rebuildMember(docker, cluster, args.node, {clock: monotonicClock(), note, signal}),
    )
    this.show(`${args.node} is rebuilt; primary is ${rebuilt.primary}`)
    return {node: args.node, ...rebuilt}
  }
}
