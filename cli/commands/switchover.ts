// `hl switchover`: a planned change of the primary.
import {hint, hintText} from '../../src/model/command-hint.ts'
import * as Flags from '@oclif/core/flags'
import {switchOver} from '../../src/lab/lifecycle/switch-over.ts'
import {planSwitchover} from '../../src/lab/patroni/plan-switchover.ts'
import {BaseCommand} from '../base-command.ts'
import {dryRunFlag} from '../experiment-flags.ts'
import {interruptible, leftToPatroni} from '../interrupt.ts'
import {monotonicClock} from '../../src/waiting/monotonic-clock.ts'
import {confirmYes} from '../view/ask.ts'
import {shardFlag} from '../shard-flag.ts'
import {docker, openShard} from '../wire.ts'

export interface SwitchoverAnswer {
  readonly from: string
  readonly to: string | null
  readonly did: boolean
}

export default class Switchover extends BaseCommand {
  static override summary = 'Move the primary to another node, as planned work does'
  static override flags = {
    ...shardFlag,
    ...dryRunFlag,
    to: Flags.string({description: 'the new primary; Patroni chooses when absent', helpValue: '<node>'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
  }
  static override examples = ['<%= config.bin %> switchover --to pg2 --yes']

  override async run(): Promise<SwitchoverAnswer> {
    const {flags} = await this.parse(Switchover)
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const {from, to} = planSwitchover(await cluster.state(), flags.to ?? null)
    const words = `primary ${from} -> ${to ?? "Patroni's choice"}`
    if (flags['dry-run']) {
      this.show(`would switch over: ${words}`)
      return {from, to, did: false}
    }
    if (!flags.yes)
      await confirmYes({
        text: `Switch over, ${words}?`,
        mayAsk: this.mayAsk(),
        otherwise: hintText(
          hint('switchover', {flags: {yes: true, ...(flags.to === undefined ? {} : {to: flags.to})}}),
          cluster.lab,
          cluster.name,
        ),
      })
    const {note} = this
    const done = await interruptible({...leftToPatroni, note}, async signal =>
      switchOver(docker, cluster, monotonicClock(), flags.to ?? null, signal),
    )
    this.show(`primary is ${done.to}`)
    return {...done, did: true}
  }
}
