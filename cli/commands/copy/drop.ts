// `hl copy drop`: the copy and its data go.
import {whileLocked} from '../../../src/cluster/lab/lock.ts'
import {openCopyNode} from '../../../src/cluster/lab/recovery-copy.ts'
import {BaseCommand} from '../../base-command.ts'
import {docker} from '../../wire.ts'

export default class CopyDrop extends BaseCommand {
  static override summary = 'Take the recovery copy of a lab away; the lab and its archive stay'
  static override examples = ['<%= config.bin %> copy drop']

  override async run(): Promise<{readonly lab: string}> {
    const {flags} = await this.parse(CopyDrop)
    const {lab} = this.settingsFrom(flags)
    const node = await openCopyNode(docker, lab)
    await whileLocked(docker, {lab, what: 'hl copy drop'}, async () => node.remove())
    this.show(`the recovery copy of lab ${lab} is gone`)
    return {lab}
  }
}
