// `hl copy show`: what the copy is and where it stands.
import {showCopy, type CopyAnswer} from '../../../src/recovery/recovery-copy.ts'
import {BaseCommand} from '../../base-command.ts'
import {copyText} from '../../view/copy-screen.ts'
import {docker} from '../../wire.ts'

export default class CopyShow extends BaseCommand {
  static override summary = 'Show the recovery copy of a lab: what it was made of, and where it stands'
  static override examples = ['<%= config.bin %> copy show']

  override async run(): Promise<CopyAnswer> {
    const {flags} = await this.parse(CopyShow)
    const answer = await showCopy(docker, this.settingsFrom(flags).lab)
    this.show(copyText(answer))
    return answer
  }
}
