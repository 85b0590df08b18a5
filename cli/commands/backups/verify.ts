// `hl backups verify`: are the stored bytes what they were, and can a server be restored from them?
import {hint, hintText} from '../../../src/model/command-hint.ts'
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import type {Verification} from '../../../src/backup/verify/verify-by-restoring.ts'
import type {BackupRecord} from '../../../src/model/backup.ts'
import {exitCode} from '../../../src/model/errors.ts'
import {worst, type Verdict} from '../../../src/model/verdict.ts'
import {verifyBackups, type NotVerified, type VerifiedBackups} from '../../../src/recovery/verify-backups.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {archiveLines, verifiedText} from '../../view/backup-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard, recoveryPorts} from '../../wire.ts'

export interface VerifyAnswer extends Omit<VerifiedBackups, 'results'> {
  readonly verified: readonly BackupRecord[]
  /** Of those that were restored. */
  readonly restored: readonly Pick<Verification, 'target' | 'ok' | 'verdict' | 'checks'>[]
  /** Of several those that could not be restored; nothing is said of them. */
  readonly notVerified: readonly NotVerified[]
}

export default class BackupsVerify extends BaseCommand {
  static override summary =
    'Compare backups with their manifests, read the WAL and look for gaps in it; exit 1 when something is wrong, ' +
    '3 when a check could not be carried out'
  static override args = {backup: Args.string({description: 'one backup; absent: all'})}
  static override flags = {
    ...shardFlag,
    decrypt: Flags.boolean({
      description:
        'open those of an encrypted archive, in a container that has the key; else their stored bytes are compared',
    }),
    restore: Flags.boolean({
      description:
        'restore each physical one on a scratch container too, and verify the server: pages, indexes, rows, and ' +
        'the content where it was recorded; a logical one is read to its end, and opened where it is encrypted',
    }),
  }
  static override examples = [
    '<%= config.bin %> backups verify',
    '<%= config.bin %> backups verify latest --decrypt',
    '<%= config.bin %> backups verify latest --restore',
  ]

  override async run(): Promise<VerifyAnswer> {
    const {args, flags} = await this.parse(BackupsVerify)
    const {cluster} = await openShard(this.settingsFrom(flags), this.shardFrom(flags))
    const {note} = this
    const request = {backup: args.backup, decrypt: flags.decrypt, restore: flags.restore}
    const verify = async (signal?: AbortSignal): Promise<VerifiedBackups> =>
      verifyBackups(recoveryPorts(note, signal), cluster, request, result => this.show(verifiedText(result, cluster)))
    const name = `hl-${cluster.lab}-${flags.restore ? 'scratch' : 'decrypt'}`
    const texts = {
      once: 'interrupted: taking the scratch container away; again to leave it',
      twice: `left as it is; docker rm -f ${name} takes the container away`,
      note,
    }
    const takeOne = hintText(hint('backups create'), cluster.lab, cluster.name)
    // Without a container there is nothing to take away.
    return this.answer(await (flags.restore || flags.decrypt ? interruptible(texts, verify) : verify()), takeOne)
  }

  private answer({results, ...archive}: VerifiedBackups, takeOne: string): VerifyAnswer {
    const verified = results.flatMap(result => (result.how === 'not-verified' ? [] : [result.record]))
    const restoredOnes = results.filter(result => result.how === 'restored')
    const restored = restoredOnes.map(({target, ok, verdict, checks}) => ({target, ok, verdict, checks}))
    const notVerified = results
      .filter(result => result.how === 'not-verified')
      .map(({backup, code, message, next}) => ({backup, code, message, next}))
    for (const text of archiveLines(archive)) this.show(text)
    if (results.length === 0) this.show(`there is no backup to verify; take one: ${takeOne}`)
    const isShort = archive.gaps.length + archive.faults.length + notVerified.length > 0 || verified.length === 0
    const stored = verified.map((record): Verdict => (record.verified?.ok === true ? 'pass' : 'fail'))
    // One that stopped in damaged WAL says nothing against its backup, and is no success.
    this.exitWith(exitCode[worst([isShort ? 'fail' : 'pass', ...stored, ...restored.map(({verdict}) => verdict)])])
    return {verified, restored, notVerified, ...archive}
  }
}
