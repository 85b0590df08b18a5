// `hl copy show`: what the copy is and where it stands.
import {BaseCommand} from '../../base-command.ts'
import {copyAnswer, copyText, type CopyAnswer} from '../../copy.ts'

export default class CopyShow extends BaseCommand {
  static override summary = 'Show the recovery copy of a lab: what it was made of, and where it stands'
  static override examples = ['<%= config.bin %> copy show']

  override async run(): Promise<CopyAnswer> {
    const {flags} = await this.parse(CopyShow)
    const answer = await copyAnswer(this.settingsFrom(flags).lab)
    this.show(copyText(answer))
    return answer
  }
}
