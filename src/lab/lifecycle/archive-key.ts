// The key of an encrypted archive, as far as hl has to do with it: where the identity lies, whether it is there, and
// whether it is the right one.
// Invariant: the identity goes from its volume, or from a person's file, to a container that opens the archive, by
// stdin or a mount; it is in no argument and in no environment, and never where the archive node could read it. Not
// here: making it (compose/images/postgres/make-archive-keys), encrypting and opening.
import {hint} from '../../model/command-hint.ts'
import type {ArchiveMode, BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import {runApart} from '../docker/volume.ts'
import {lines} from '../docker/parse-docker.ts'
import {projectOf} from './lab-description.ts'
import {labVolumes} from './lab-inventory.ts'

/** Where a container that opens the archive finds the identity, in the file `identity`. */
export const identityFolder = '/run/hl-identity'
const image = 'hl-archive:17'
const lookMs = 60_000

const identityVolume = (lab: string): string => `${projectOf(lab)}_archive-identity`
const mountOf = (lab: string): readonly string[] => ['-v', `${identityVolume(lab)}:${identityFolder}:ro`]

/** Only what the nodes hand over can be encrypted by them. CONFIG_INVALID for every other way into the archive. */
export function requireEncryptable(archive: ArchiveMode | undefined, encrypt: boolean | undefined): void {
  if (encrypt !== true || archive === 'command') return
  const why =
    archive === undefined || archive === 'none'
      ? 'there is no archive to encrypt'
      : `with --archive ${archive} the archive node itself receives WAL, by pg_receivewal, and sees it in plain`
  throw new HlError('CONFIG_INVALID', why, {
    next: [
      '--archive command --encrypt: the nodes encrypt WAL and hand it over',
      'or leave --encrypt out (HL_ENCRYPT, encrypt in hl.config.json)',
    ],
  })
}

/**
 * What an earlier lab of the name left is encrypted or not, and stays so: otherwise one archive would hold both.
 * LAB_SETTINGS_DIFFER.
 */
export async function requireSameEncryption(
  docker: Docker,
  {name, encrypt}: {readonly name: string; readonly encrypt?: boolean},
): Promise<void> {
  const volumes = await labVolumes(docker, name)
  if (!volumes.includes(`${projectOf(name)}_archive-data`)) return
  const was = volumes.includes(identityVolume(name)) || (await holdsEncrypted(docker, name, volumes))
  if (was === (encrypt ?? false)) return
  throw new HlError('LAB_SETTINGS_DIFFER', `the archive that lab ${name} left is ${was ? '' : 'not '}encrypted`, {
    next: [
      was
        ? hint('up', {flags: {archive: 'command', encrypt: true}, lab: name})
        : hint('up', {flags: {'archive': 'command', 'no-encrypt': true}, lab: name}),
      hint('down', {flags: {volumes: true, confirm: name}, lab: name, why: 'destroys it'}),
    ],
  })
}

/**
 * The identity may have been taken away, and the archive is encrypted all the same: the recipient that the nodes have,
 * or anything encrypted, tells. LAB_SETTINGS_DIFFER when neither can be read.
 */
async function holdsEncrypted(docker: Docker, lab: string, volumes: readonly string[]): Promise<boolean> {
  const secrets = `${projectOf(lab)}_secrets`
  const mounts = [
    '-v',
    `${projectOf(lab)}_archive-data:/archive:ro`,
    ...(volumes.includes(secrets) ? ['-v', `${secrets}:/run/hl-secrets:ro`] : []),
  ]
  const look =
    'if [ -f /run/hl-secrets/archive/recipient ]; then echo encrypted; exit; fi; found=$(find /archive \\( -name ' +
    '".*.seal" -o -name "*.age" \\) -print -quit); [ -z "$found" ] || echo encrypted'
  const {exitCode, stdout, stderr} = await docker.attempt(runApart(image, ['sh', '-euc', look], mounts), {
    timeoutMs: lookMs,
  })
  if (exitCode === 0) return stdout.trim() === 'encrypted'
  throw new HlError(
    'LAB_SETTINGS_DIFFER',
    `whether the archive that lab ${lab} left is encrypted cannot be told: ${stderr.trim().split('\n')[0] ?? ''}`,
    {next: [hint('doctor'), hint('down', {flags: {volumes: true, confirm: lab}, lab, why: 'destroys it'})]},
  )
}

/**
 * For `docker run`: a mount of the lab's identity, or room in memory for one that comes from a file; nothing for an
 * archive that is not encrypted.
 */
export async function identityMount(
  docker: Docker,
  lab: string,
  identity: string | undefined,
): Promise<readonly string[]> {
  if (identity !== undefined) return ['--mount', `type=tmpfs,dst=${identityFolder},tmpfs-mode=1777,tmpfs-size=65536`]
  return (await hasIdentity(docker, lab)) ? mountOf(lab) : []
}

/** By name, not by label: whoever puts the identity back makes the volume by hand. */
async function hasIdentity(docker: Docker, lab: string): Promise<boolean> {
  return lines(await docker.text(['volume', 'ls', '-q', '--filter', `name=${identityVolume(lab)}`])).includes(
    identityVolume(lab),
  )
}

/**
 * Refuses, before anything is made, a restore that could not open what it needs; backups that are not encrypted need
 * nothing.
 * Errors: ARCHIVE_KEY_MISSING when there is no identity, or it is not the one that `backups` were encrypted for.
 */
export async function requireKey(
  docker: Docker,
  lab: string,
  backups: readonly BackupRecord[],
  identity?: string,
): Promise<void> {
  const encrypted = backups.filter(record => record.encrypted !== undefined)
  if (encrypted.length === 0) return
  const keys = await publicKeys(docker, lab, identity)
  const other = encrypted.find(({encrypted: by}) => by !== undefined && !keys.includes(by.recipient))
  if (other !== undefined)
    throw missing(
      `${identity === undefined ? `the identity of lab ${lab}` : 'that identity'} opens what was encrypted for ` +
        `${keys.join(' or ')}, and backup ${other.id} was encrypted for ${other.encrypted?.recipient ?? ''}`,
    )
}

/** The public key of the lab's identity: whom the archive is encrypted for from now on. ARCHIVE_KEY_MISSING. */
export async function publicKey(docker: Docker, lab: string): Promise<string> {
  return (await publicKeys(docker, lab, undefined))[0] ?? ''
}

/** Of the lab's identity, or of one that is given; two while the key is changed, the new one first. */
export async function publicKeys(
  docker: Docker,
  lab: string,
  identity: string | undefined,
): Promise<readonly string[]> {
  if (identity === undefined) await requireVolume(docker, lab)
  const argv =
    identity === undefined
      ? runApart(image, ['age-keygen', '-y', `${identityFolder}/identity`], mountOf(lab))
      : runApart(image, ['age-keygen', '-y'], ['-i'])
  const {exitCode, stdout, stderr} = await docker.attempt(argv, {
    timeoutMs: lookMs,
    ...(identity === undefined ? {} : {stdin: identity}),
  })
  if (exitCode === 0) return lines(stdout)
  throw missing(
    `${identity === undefined ? `there is no identity in the volume of lab ${lab}` : 'that is no identity of age'}: ` +
      (stderr.trim().split('\n')[0] ?? ''),
  )
}

/** The identity itself, for a person to keep. Errors: ARCHIVE_KEY_MISSING. */
export async function readIdentity(docker: Docker, lab: string): Promise<string> {
  await publicKeys(docker, lab, undefined)
  return docker.text(runApart(image, ['cat', `${identityFolder}/identity`], mountOf(lab)), {timeoutMs: lookMs})
}

/** A mount would make an empty volume where there is none. */
async function requireVolume(docker: Docker, lab: string): Promise<void> {
  if (!(await hasIdentity(docker, lab)))
    throw missing(`lab ${lab} has no identity: the volume ${identityVolume(lab)} is not there`)
}

function missing(message: string): HlError {
  return new HlError('ARCHIVE_KEY_MISSING', message, {
    next: [
      hint('restore', {
        flags: {into: '<lab>', to: 'latest', identity: '<file>'},
        why: 'where the identity was kept elsewhere, as `backups key` printed it',
      }),
      'without it nobody opens the archive',
    ],
  })
}
