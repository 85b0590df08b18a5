// `hl backups verify`: are the stored bytes what they were, and can a server be restored from them?
import {Args, Flags} from '@oclif/core'
import {findBackup} from '../../../src/backup/find-backup.ts'
import {readArchive, requireArchive} from '../../../src/backup/read-archive.ts'
import type {Verification} from '../../../src/backup/verify/verify-by-restoring.ts'
import {verifyBackup} from '../../../src/backup/verify/verify-backup.ts'
import {gapsIn} from '../../../src/backup/wal/archive-contents.ts'
import type {ArchiveListing, BackupRecord} from '../../../src/model/backup.ts'
import {exitCode} from '../../../src/model/errors.ts'
import type {Clock, Cluster, RestoreNode} from '../../../src/model/ports.ts'
import {requireEncrypted} from '../../archive-identity.ts'
import {BaseCommand} from '../../base-command.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {verifyEach, verifiedLine, whileOpen, type NotVerified} from '../../prove.ts'
import {openLab} from '../../wire.ts'

export interface VerifyAnswer {
  readonly verified: readonly BackupRecord[]
  /** Of those that were restored. */
  readonly proofs: readonly Pick<Verification, 'target' | 'ok' | 'checks'>[]
  /** Of several those that could not be restored; nothing is said of them. */
  readonly unproven: readonly NotVerified[]
  readonly gaps: readonly string[]
}

export default class BackupsVerify extends BaseCommand {
  static override summary =
    'Compare backups with their manifests and look for gaps in the WAL; exit 1 when something is wrong'
  static override args = {backup: Args.string({description: 'one backup; absent: all'})}
  static override flags = {
    decrypt: Flags.boolean({
      description:
        'open those of an encrypted archive, in a container that has the key; without it their stored bytes are compared',
      default: false,
    }),
    restore: Flags.boolean({
      description:
        'restore each physical one on a scratch container too, and verify the server: pages, indexes, rows, and the content where it was recorded; a logical one is read to its end, and opened where it is sealed',
      default: false,
    }),
  }
  static override examples = [
    '<%= config.bin %> backups verify',
    '<%= config.bin %> backups verify latest',
    '<%= config.bin %> backups verify latest --decrypt',
    '<%= config.bin %> backups verify latest --restore',
  ]

  override async run(): Promise<VerifyAnswer> {
    const {args, flags} = await this.parse(BackupsVerify)
    const {cluster} = await openLab(this.settingsFrom(flags))
    requireArchive(cluster)
    if (flags.decrypt) requireEncrypted(cluster, '--decrypt')
    const listings = await readArchive(cluster)
    const wanted =
      args.backup === undefined ? listings.flatMap(({backups}) => backups) : [findBackup(listings, args.backup)]
    const clock = monotonicClock()
    const verified: BackupRecord[] = []
    if (flags.restore) return this.restoreEach(cluster, clock, wanted, gapsOf(listings))
    const each = async (decrypting?: RestoreNode): Promise<void> => {
      for (const backup of wanted) {
        const done = await verifyBackup(cluster, clock, backup, decrypting)
        verified.push(done)
        this.show(verifiedLine(done))
      }
    }
    await (flags.decrypt ? whileOpen(cluster, undefined, each) : each())
    return this.answer({verified, proofs: [], unproven: [], gaps: gapsOf(listings)})
  }

  private async restoreEach(
    cluster: Cluster,
    clock: Clock,
    wanted: readonly BackupRecord[],
    gaps: readonly string[],
  ): Promise<VerifyAnswer> {
    const {proofs, dumps, unproven} = await verifyEach(cluster, clock, wanted, {
      note: text => this.note(text),
      show: text => this.show(text),
    })
    return this.answer({
      verified: [...proofs.map(({record}) => record), ...dumps],
      proofs: proofs.map(({target, ok, checks}) => ({target, ok, checks})),
      unproven,
      gaps,
    })
  }

  private answer(answer: VerifyAnswer): VerifyAnswer {
    const {verified, unproven, gaps} = answer
    for (const text of gaps) this.show(`GAP      ${text}`)
    if (verified.length + unproven.length === 0) this.show('there is no backup to verify; take one: hl backups create')
    if (gaps.length + unproven.length > 0 || verified.length === 0 || verified.some(one => one.verified?.ok !== true))
      this.exitWith(exitCode.fail)
    return answer
  }
}

function gapsOf(listings: readonly ArchiveListing[]): readonly string[] {
  return listings.flatMap(listing => gapsIn(listing).map(gap => gap.text))
}
