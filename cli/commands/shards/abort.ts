// `hl shards abort`: undoes a move before its switch.
import type {VerbAnswer, VerbPlan} from '../../../src/sharding/carry-out-moves.ts'
import {MoveCommand} from '../../move-command.ts'
import {moveArg, verbFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsAbort extends MoveCommand {
  static override summary = 'Undo a move whose groups are still on their old shard'
  static override description =
    'Rows, slots, publications and subscriptions of the move go away; everything is as it was before. Refused ' +
    'once the destination has taken writes: roll it back then.'
  static override args = moveArg
  static override flags = verbFlags
  static override examples = ['<%= config.bin %> shards abort', '<%= config.bin %> shards abort <id> --yes']

  override async run(): Promise<VerbAnswer | VerbPlan> {
    const {args, flags} = await this.parse(ShardsAbort)
    const lab = await openLab(this.settingsFrom(flags))
    const asks = 'Undo this move?'
    return this.goOn(lab, 'abort', args.id, {asks, flags})
  }
}
