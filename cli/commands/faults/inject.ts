// `hl faults inject`: breaks one thing by hand and leaves it broken.
import {hint, hintText} from '../../../src/model/command-hint.ts'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {injectByHand, planFault, type InjectedFault} from '../../../src/experiment/inject-by-hand.ts'
import {faultTypes} from '../../../src/faults/fault-action.ts'
import {selectors, type FaultKind} from '../../../src/model/scenario.ts'
import {BaseCommand} from '../../base-command.ts'
import {dryRunFlag} from '../../experiment-flags.ts'
import {directions, faultSpec, peers} from '../../fault-spec.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {shardFlag} from '../../shard-flag.ts'
import {docker, openShard} from '../../wire.ts'

const kinds = Object.keys(faultTypes).filter((kind): kind is FaultKind => kind in faultTypes)

export default class FaultsInject extends BaseCommand {
  static override summary = 'Break one thing by hand; hl faults heal --all heals it'
  static override args = {kind: Args.string({description: `one of ${kinds.join(', ')}`, required: true})}
  static override flags = {
    ...shardFlag,
    ...dryRunFlag,
    node: Flags.string({
      required: true,
      description: `a service (pg1, etcd2 …) or ${selectors.join(', ')}`,
      helpValue: '<node>',
    }),
    from: Flags.option({multiple: true, description: 'partition: cut off from whom; repeatable', options: peers})(),
    direction: Flags.option({
      description: 'partition: which packets are dropped',
      options: directions,
      default: 'both' as const,
    })(),
  }
  static override examples = [
    '<%= config.bin %> faults inject kill-container --node primary',
    '<%= config.bin %> faults inject partition --node pg1 --from dcs --direction out',
  ]

  override async run(): Promise<InjectedFault> {
    const {args, flags} = await this.parse(FaultsInject)
    const spec = faultSpec(
      {kind: args.kind, node: flags.node, from: flags.from ?? [], direction: flags.direction},
      kinds,
    )
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    if (flags['dry-run']) {
      const planned = await planFault(cluster, spec)
      this.show(`would ${planned.describe}`)
      return planned
    }
    const injected = await injectByHand(docker, cluster, spec, monotonicClock())
    const {describe, evidence} = injected
    this.show(
      `${describe}: ${evidence}\nheal it: ` +
        hintText(hint('faults heal', {flags: {all: true}}), cluster.lab, cluster.name),
    )
    return injected
  }
}
