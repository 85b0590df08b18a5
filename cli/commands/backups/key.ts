// `hl backups key`: the identity of an encrypted archive, for a person to keep.
import {hint} from '../../../src/model/command-hint.ts'
import {publicKey, readIdentity} from '../../../src/lab/lifecycle/archive-key.ts'
import {HlError} from '../../../src/model/errors.ts'
import {BaseCommand} from '../../base-command.ts'
import {docker, openLab} from '../../wire.ts'

export interface KeyAnswer {
  readonly lab: string
  readonly recipient: string
  /** Whoever has it reads every backup of the lab. */
  readonly identity: string
}

export default class BackupsKey extends BaseCommand {
  static override summary = 'Print the identity that opens the encrypted archive of a lab, to be kept elsewhere'
  static override description =
    'Whoever has it reads every backup; without it nobody does, and it goes with the volumes of the lab. The archive never holds it.'
  static override examples = ['<%= config.bin %> backups key --lab shop > shop.identity']

  override async run(): Promise<KeyAnswer> {
    const {flags} = await this.parse(BackupsKey)
    const {lab} = this.settingsFrom(flags)
    const {cluster} = await openLab(this.settingsFrom(flags))
    if (!cluster.encrypted)
      throw new HlError('ARCHIVE_KEY_MISSING', `the archive of lab ${lab} is not encrypted, so there is no key`, {
        next: [
          hint('up', {
            flags: {archive: 'command', encrypt: true},
            lab: '<name>',
            why: 'makes a lab with an encrypted one',
          }),
        ],
      })
    const recipient = await publicKey(docker, lab, undefined)
    const identity = await readIdentity(docker, lab)
    this.note('whoever has this reads every backup of the lab, without it nobody does: keep it apart from the archive')
    this.show(identity)
    return {lab, recipient, identity: identity.trim()}
  }
}
