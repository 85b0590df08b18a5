// `hl shards pause`: whoever runs a move waits before its next step.
import {pauseMoveOf} from '../../../src/sharding/carry-out-moves.ts'
import type {ListedMove} from '../../../src/shards/index.ts'
import {BaseCommand} from '../../base-command.ts'
import {moveArg} from '../../move-flags.ts'
import {movesText} from '../../view/move-screen.ts'
import {openLab} from '../../wire.ts'

export default class ShardsPause extends BaseCommand {
  static override summary = 'Let a move wait before its next step, until hl shards resume'
  static override description =
    'A copy waits between two of its pieces; a switch that has begun comes to its end. While it waits the source ' +
    'keeps the WAL that the move needs.'
  static override args = moveArg
  static override examples = ['<%= config.bin %> shards pause']

  override async run(): Promise<ListedMove & {readonly lab: string}> {
    const {args, flags} = await this.parse(ShardsPause)
    const move = await pauseMoveOf(await openLab(this.settingsFrom(flags)), args.id)
    this.show(movesText({lab: move.lab, moves: [move], notAsked: []}))
    return move
  }
}
