// `hl shards resume`: goes on with a move.
import type {VerbAnswer, VerbPlan} from '../../../src/sharding/carry-out-moves.ts'
import {MoveCommand} from '../../move-command.ts'
import {moveArg, verbFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsResume extends MoveCommand {
  static override summary = 'Go on with a move that was paused, stopped or cut off'
  static override description =
    'The same steps are done again; each may be. A copy that was cut off begins anew. A process that waits in a ' +
    'pause is told to go on.'
  static override args = moveArg
  static override flags = verbFlags
  static override examples = ['<%= config.bin %> shards resume', '<%= config.bin %> shards resume <id> --yes']

  override async run(): Promise<VerbAnswer | VerbPlan> {
    const {args, flags} = await this.parse(ShardsResume)
    const lab = await openLab(this.settingsFrom(flags))
    const asks = null
    return this.goOn(lab, 'resume', args.id, {asks, flags})
  }
}
