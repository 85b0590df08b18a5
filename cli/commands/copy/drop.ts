// `hl copy drop`: the copy and its data go.
import {dropCopy} from '../../../src/recovery/recovery-copy.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {docker} from '../../wire.ts'

export default class CopyDrop extends BaseCommand {
  static override summary = 'Take the recovery copy of a lab away; the lab and its archive stay'
  static override examples = ['<%= config.bin %> copy drop']

  override async run(): Promise<{readonly lab: string}> {
    const {flags} = await this.parse(CopyDrop)
    const {lab} = this.settingsFrom(flags)
    const texts = {
      once: 'the copy is taken away first; again to stop at once',
      twice: 'stopped; what is left goes when the next copy is made, and with the volumes of the lab',
      note: (text: string) => this.note(text),
    }
    await interruptible(texts, async () => dropCopy(docker, lab))
    this.show(`the recovery copy of lab ${lab} is gone`)
    return {lab}
  }
}
