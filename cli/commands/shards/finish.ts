// `hl shards finish`: ends a move for good.
import type {VerbAnswer, VerbPlan} from '../../../src/sharding/carry-out-moves.ts'
import {MoveCommand} from '../../move-command.ts'
import {moveArg, verbFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsFinish extends MoveCommand {
  static override summary = 'Close the way back of a move, and remove its rows from where they came'
  static override description =
    'After this it cannot be rolled back. Rows are removed in small steps, after the lease of old maps.'
  static override args = moveArg
  static override flags = verbFlags
  static override examples = ['<%= config.bin %> shards finish', '<%= config.bin %> shards finish <id> --yes']

  override async run(): Promise<VerbAnswer | VerbPlan> {
    const {args, flags} = await this.parse(ShardsFinish)
    const lab = await openLab(this.settingsFrom(flags))
    const asks = 'Close the way back, and remove the rows from where they came?'
    return this.goOn(lab, 'finish', args.id, {asks, flags})
  }
}
