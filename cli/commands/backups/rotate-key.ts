// `hl backups rotate-key`: another key for an encrypted archive, which nothing but that opens afterwards.
import {Flags} from '@oclif/core'
import {plural} from '../../../src/model/quantity.ts'
import {planRotation, rotateKey, type PlannedRotation, type RotatedKey} from '../../../src/recovery/rotate-key.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {docker, openLab, recoveryPorts} from '../../wire.ts'

export default class BackupsRotateKey extends BaseCommand {
  static override summary = 'Give an encrypted archive another key, and encrypt everything in it again'
  static override description =
    'The nodes encrypt for the new key from the beginning on; the old one goes when nothing needs it any more. One that was cut off goes on when it is run again: until then both keys open the archive.'
  static override flags = {
    'dry-run': Flags.boolean({description: 'show what would be encrypted again, and change nothing'}),
  }
  static override examples = ['<%= config.bin %> backups rotate-key --lab shop']

  override async run(): Promise<PlannedRotation | RotatedKey> {
    const {flags} = await this.parse(BackupsRotateKey)
    const lab = await openLab(this.settingsFrom(flags))
    const planned = await planRotation({docker}, lab)
    const what = `${plural(planned.files, 'file')}, ${Math.ceil(planned.bytes / 1_000_000)} MB`
    if (flags['dry-run']) {
      this.show(`would encrypt again at most ${what}`)
      return planned
    }
    this.note(`at most ${what} are encrypted again`)
    const rotated = await interruptible(
      {note: this.note, once: 'stopping; the same command goes on later', twice: 'stopped; both keys open the archive'},
      async signal => rotateKey(recoveryPorts(this.note, signal), lab),
    )
    this.show(
      `the archive of lab ${rotated.lab} is for ${rotated.recipient} alone; ${rotated.files} files were encrypted again`,
    )
    this.note(
      `what \`hl backups key\` printed before opens nothing of it any more: hl backups key --lab ${rotated.lab} prints the new one`,
    )
    return rotated
  }
}
