// `hl shards status`: moves that are under way, who runs them, and how they are ended.
import {Flags} from '@oclif/core'
import {movesOfLab, type MovesStatus} from '../../../src/sharding/carry-out-moves.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {every} from '../../../src/waiting/every.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {movesText} from '../../view/move-screen.ts'
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
    if (flags.watch && !this.jsonEnabled()) return this.watch(async () => movesOfLab(lab))
    const status = await movesOfLab(lab)
    this.show(movesText(status))
    return status
  }

  /** Ctrl-C is how it ends: no error. */
  private async watch(look: () => Promise<MovesStatus>): Promise<MovesStatus> {
    return interruptible({once: '', twice: '', note: () => undefined}, async signal => {
      let seen = await look()
      await every(monotonicClock(), 1_000, signal, async () => {
        seen = await look()
        if (!signal.aborted) this.show(`${process.stdout.isTTY ? '\u001B[2J\u001B[H' : ''}${movesText(seen)}`)
      })
      return seen
    })
  }
}
