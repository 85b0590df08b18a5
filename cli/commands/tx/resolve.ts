// `hl tx resolve`: ends what crashes left prepared.
import * as Flags from '@oclif/core/flags'
import {exitCode} from '../../../src/model/errors.ts'
import {decisionsFrom, needsPerson, resolveTransactions, type ResolveAnswer} from '../../../src/sharding/in-doubt.ts'
import {BaseCommand} from '../../base-command.ts'
import {resolvedScreen} from '../../view/tx-screen.ts'
import {openLab} from '../../wire.ts'

export default class TxResolve extends BaseCommand {
  static override summary = 'End transactions over shards that a crash left prepared; exit 1 when one is still in doubt'
  static override description =
    'Commits what was decided and rolls back what surely never will be; what somebody is at work on is left ' +
    'alone. What nobody can know is left too, unless you decide it by its id, for all its parts: it cannot be ' +
    'undone.'
  static override flags = {
    'commit': Flags.string({
      description: 'commit this transaction, which is in doubt; may be given several times',
      helpValue: '<id>',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'roll-back': Flags.string({
      description: 'roll this transaction back, which is in doubt; may be given several times',
      helpValue: '<id>',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'dry-run': Flags.boolean({description: 'show what would be done; change nothing', default: false}),
  }
  static override examples = [
    '<%= config.bin %> tx resolve',
    '<%= config.bin %> tx resolve --dry-run',
    '<%= config.bin %> tx resolve --roll-back <id>',
  ]

  override async run(): Promise<ResolveAnswer> {
    const {flags} = await this.parse(TxResolve)
    const decisions = decisionsFrom(flags.commit ?? [], flags['roll-back'] ?? [])
    const lab = await openLab(this.settingsFrom(flags))
    const answer = await resolveTransactions(lab, {decisions, dryRun: flags['dry-run']})
    this.show(resolvedScreen(answer, this.theme(process.stdout)))
    if (needsPerson(answer)) this.exitWith(exitCode.fail)
    return answer
  }
}
