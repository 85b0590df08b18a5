// `hl shards status`: moves that are under way, who runs them, and how they are ended.
import * as Flags from '@oclif/core/flags'
import {movesOfLab, type MovesStatus} from '../../../src/sharding/carry-out-moves.ts'
import {BaseCommand} from '../../base-command.ts'
import {movesText} from '../../view/move-screen.ts'
import {watching} from '../../watching.ts'
import {openLab} from '../../wire.ts'

export default class ShardsStatus extends BaseCommand {
  static override summary = 'Show moves of groups that are under way: how far, who runs them, and what can be done'
  static override flags = {
    watch: Flags.boolean({char: 'w', description: 'again every second until Ctrl-C'}),
  }
  static override examples = ['<%= config.bin %> shards status', '<%= config.bin %> shards status --watch']

  override async run(): Promise<MovesStatus> {
    const {flags} = await this.parse(ShardsStatus)
    const lab = await openLab(this.settingsFrom(flags))
    const look = async (): Promise<MovesStatus> => movesOfLab(lab)
    if (flags.watch && !this.jsonEnabled()) return watching(look, movesText)
    const status = await look()
    this.show(movesText(status))
    return status
  }
}
