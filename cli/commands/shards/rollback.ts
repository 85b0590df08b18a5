// `hl shards rollback`: brings groups back after the switch.
import type {VerbAnswer, VerbPlan} from '../../../src/sharding/carry-out-moves.ts'
import {MoveCommand} from '../../move-command.ts'
import {moveArg, verbFlags} from '../../move-flags.ts'
import {openLab} from '../../wire.ts'

export default class ShardsRollback extends MoveCommand {
  static override summary = 'Bring the groups of a move back, with all that was written since'
  static override description =
    'The same switch the other way round, over the replication that runs back since before the switch. Refused ' +
    'once the move is being finished.'
  static override args = moveArg
  static override flags = verbFlags
  static override examples = ['<%= config.bin %> shards rollback', '<%= config.bin %> shards rollback <id> --yes']

  override async run(): Promise<VerbAnswer | VerbPlan> {
    const {args, flags} = await this.parse(ShardsRollback)
    const lab = await openLab(this.settingsFrom(flags))
    const asks = 'Bring the groups back?'
    return this.goOn(lab, 'rollback', args.id, {asks, flags})
  }
}
