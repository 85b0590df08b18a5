// `hl runs prune`: removes old runs.
import * as Flags from '@oclif/core/flags'
import {oldRuns, pruneRuns} from '../../../src/experiment/store/run-folder.ts'
import {BaseCommand} from '../../base-command.ts'
import {hint, hintText} from '../../../src/model/command-hint.ts'
import {confirmYes} from '../../view/ask.ts'
import {dryRunFlag} from '../../experiment-flags.ts'

export default class RunsPrune extends BaseCommand {
  static override summary = 'Remove all but the newest runs'
  static override flags = {
    keep: Flags.integer({description: 'how many stay; 0 asks first', default: 20, min: 0}),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    ...dryRunFlag,
  }
  static override examples = ['<%= config.bin %> runs prune --keep 5']

  override async run(): Promise<{readonly removed: readonly string[]}> {
    const {flags} = await this.parse(RunsPrune)
    const {runs} = this.settingsFrom(flags)
    if (flags.keep === 0 && !flags['dry-run'] && !flags.yes)
      await confirmYes({
        text: `Remove every run under ${runs}?`,
        mayAsk: this.mayAsk(),
        otherwise: hintText(hint('runs prune', {flags: {keep: 0, yes: true}})),
      })
    const removed = (flags['dry-run'] ? oldRuns : pruneRuns)(runs, flags.keep)
    this.show(
      `${flags['dry-run'] ? 'would remove' : 'removed'} ${removed.length} ` +
        `runs${removed.length === 0 ? '' : `: ${removed.join(', ')}`}`,
    )
    return {removed}
  }
}
