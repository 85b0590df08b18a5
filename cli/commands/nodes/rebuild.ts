// `hl nodes rebuild`: a node from the others.
import {hint, hintText} from '../../../src/model/command-hint.ts'
import {Args, Flags} from '@oclif/core'
import {whileLocked} from '../../../src/lab/lifecycle/lock.ts'
import {untilHealthy} from '../../../src/lab/lifecycle/until-healthy.ts'
import {rebuildNode} from '../../../src/lab/nodes/rebuild-node.ts'
import {BaseCommand} from '../../base-command.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {confirmYes} from '../../view/ask.ts'
import {docker, openLab} from '../../wire.ts'

export default class NodesRebuild extends BaseCommand {
  static override summary =
    'Throw the data of a node away and rebuild it from the others; hands over first where it is the primary'
  static override args = {node: Args.string({description: 'the node', required: true})}
  static override flags = {yes: Flags.boolean({char: 'y', description: 'do not ask'})}
  static override examples = ['<%= config.bin %> nodes rebuild pg2 --yes']

  override async run(): Promise<{
    readonly node: string
    readonly handedOverTo: string | null
    readonly primary: string
  }> {
    const {args, flags} = await this.parse(NodesRebuild)
    const lab = await openLab(this.settingsFrom(flags))
    const {cluster} = lab
    if (!flags.yes)
      await confirmYes({
        text: `Throw away the data of ${args.node} and rebuild it?`,
        mayAsk: this.mayAsk(),
        otherwise: hintText(hint('nodes rebuild', {args: [args.node], flags: {yes: true}}), cluster.lab),
      })
    return whileLocked(docker, {lab: cluster.lab, what: 'hl nodes rebuild'}, async () => {
      const clock = monotonicClock()
      const {handedOverTo} = await rebuildNode(cluster, clock, args.node)
      if (handedOverTo !== null) this.note(`${args.node} was the primary; ${handedOverTo} is now`)
      this.note('waiting for full redundancy')
      const primary = await untilHealthy(lab, clock, {withinMs: 600_000})
      this.show(`${args.node} is rebuilt; primary is ${primary}`)
      return {node: args.node, handedOverTo, primary}
    })
  }
}
