// `hl shards barrier`: a moment of all shards that no transaction over them straddles, to restore to.
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {createBarrier, type TakenBarrier} from '../../../src/recovery/barriers.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {takenBarrierText} from '../../view/barrier-screen.ts'
import {openLab, recoveryPorts} from '../../wire.ts'

export default class ShardsBarrier extends BaseCommand {
  static override summary = 'Mark a moment of all shards that no transaction over them straddles, to restore to'
  static override description =
    'Transactions over several shards wait for some milliseconds, at most --hold-ms, while each shard gets its ' +
    'restore point; transactions of one shard go on. The hold is of sessions on the servers: it ends with hl, and ' +
    'by itself. `<%= config.bin %> restore --to-barrier <name>` goes back there, all shards together.'
  static override args = {
    name: Args.string({description: 'what it is called (the time when absent)'}),
  }
  static override flags = {
    'hold-ms': Flags.integer({
      description: 'the longest that a transaction waits for one try',
      helpValue: '<ms>',
      default: 500,
      min: 10,
      max: 60_000,
    }),
    'archived': Flags.boolean({description: 'wait until the archive leads there, whatever becomes of the shards'}),
    'tries': Flags.integer({description: 'tries before it is given up', helpValue: '<n>', default: 5, min: 1}),
  }
  static override examples = [
    '<%= config.bin %> shards barrier',
    '<%= config.bin %> shards barrier before-import --archived --lab sharded',
  ]

  override async run(): Promise<TakenBarrier> {
    const {args, flags} = await this.parse(ShardsBarrier)
    const lab = await openLab(this.settingsFrom(flags))
    const texts = {once: 'interrupted: what is held is let go', twice: 'stopped: the servers let go', note: this.note}
    const barrier = await interruptible(texts, async signal =>
      createBarrier(recoveryPorts(this.note, signal), lab, {
        ...(args.name === undefined ? {} : {name: args.name}),
        holdMs: flags['hold-ms'],
        triesMost: flags.tries,
        archived: flags.archived,
      }),
    )
    this.show(takenBarrierText(barrier))
    return barrier
  }
}
