// `hl runs prune`: removes old runs.
import * as Flags from '@oclif/core/flags'
import {oldRuns, pruneRuns} from '../../../src/experiment/store/run-folder.ts'
import {BaseCommand} from '../../base-command.ts'
import {dryRunFlag} from '../../experiment-flags.ts'

export default class RunsPrune extends BaseCommand {
  static override summary = 'Remove all but the newest runs'
  static override flags = {keep: Flags.integer({description: 'how many stay', default: 20, min: 0}), ...dryRunFlag}
  static override examples = ['<%= config.bin %> runs prune --keep 5']

  override async run(): Promise<{readonly removed: readonly string[]}> {
    const {flags} = await this.parse(RunsPrune)
    const {runs} = this.settingsFrom(flags)
    const removed = (flags['dry-run'] ? oldRuns : pruneRuns)(runs, flags.keep)
    this.show(
      `${flags['dry-run'] ? 'would remove' : 'removed'} ${removed.length} runs${removed.length === 0 ? '' : `: ${removed.join(', ')}`}`,
    )
    return {removed}
  }
}
