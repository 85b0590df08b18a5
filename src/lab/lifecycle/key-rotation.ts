// The key of an encrypted archive while it is changed: what lies in its volume, whom the nodes encrypt for, and the
// mark that says that the change is not over. Invariants: each step may be cut off anywhere and be done again; from the
// first to the last the identity file opens whatever the archive holds; no key is in an argument or an environment.
// Not here: the order of the steps (src/recovery/rotate-key.ts), encrypting again (compose/images/archive/rekey).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import {runApart} from '../docker/volume.ts'
import {publicKeys} from './archive-key.ts'
import {labLabel, projectOf} from './lab-description.ts'
import {labVolumes} from './lab-inventory.ts'

const image = 'hl-archive:17'
const withinMs = 60_000
/** For what a node had begun to hand over. */
const pushMs = 150_000

const markOf = (lab: string): string => `${projectOf(lab)}_key-rotation`

/** Is a change of the key not over? `volumes`: of the lab. */
export const isRotating = (lab: string, volumes: readonly string[]): boolean => volumes.includes(markOf(lab))

export interface KeysThere {
  /** What the identity file opens, by public key. */
  readonly opens: readonly string[]
  /** The one that is to be the only one; null: none was made. */
  readonly next: string | null
  readonly isMarked: boolean
}

/** ARCHIVE_KEY_MISSING where the identity is gone: nothing could be encrypted again. */
export async function lookAtKeys(docker: Docker, lab: string): Promise<KeysThere> {
  const opens = await publicKeys(docker, lab, undefined)
  const next = await withKeys(docker, lab, '[ ! -f identity.next ] || age-keygen -y identity.next')
  return {opens, next: next === '' ? null : next, isMarked: isRotating(lab, await labVolumes(docker, lab))}
}

/** A key that nothing is encrypted for yet; one that a change before this left over goes first. */
export async function makeNextKey(docker: Docker, lab: string): Promise<void> {
  await withKeys(
    docker,
    lab,
    `rm -f identity.next identity.next.part; age-keygen -o identity.next.part 2>/dev/null
chown postgres:postgres identity.next.part; sync identity.next.part; mv identity.next.part identity.next; sync .`,
  )
}

/** From here on everybody can see that a change is under way, or was cut off. */
export async function mark(docker: Docker, lab: string): Promise<void> {
  await docker.text(['volume', 'create', '--label', `${labLabel}=${lab}`, markOf(lab)])
}

/** It is over. */
export async function unmark(docker: Docker, lab: string): Promise<void> {
  await docker.text(['volume', 'rm', '-f', markOf(lab)])
}

/** From here on the identity opens what is encrypted for either. */
export async function openWithBoth(docker: Docker, lab: string): Promise<void> {
  await withKeys(
    docker,
    lab,
    `grep -qxF "$(grep '^AGE-SECRET-KEY' identity.next)" identity || { cat identity.next identity >identity.part; ` +
      `${putIdentity}; }`,
  )
}

/** Whom a node encrypts for that starts from here on. */
export async function nameRecipient(docker: Docker, lab: string): Promise<void> {
  await withKeys(
    docker,
    lab,
    'to=/run/hl-secrets/archive; age-keygen -y identity.next >"$to/recipient.part"; sync "$to/recipient.part"; mv ' +
      '"$to/recipient.part" "$to/recipient"; sync "$to"',
  )
}

/**
 * The same of a node that runs; waits until what it had begun to hand over for the old key is over. LAB_UNHEALTHY where
 * it cannot be told.
 */
export async function tellNode(docker: Docker, container: string): Promise<void> {
  const {exitCode, stderr} = await docker.exec(container, ['sh', '-euc', tellScript], {
    user: 'root',
    timeoutMs: pushMs,
  })
  if (exitCode === 0) return
  throw new HlError('LAB_UNHEALTHY', `${container} does not take the new key: ${stderr.trim().slice(0, 300)}`, {
    next: [hint('status'), hint('backups rotate-key', {why: 'goes on where it ended'})],
  })
}

const tellScript = `to=/run/hl/archive-keys
install -m 0600 -o postgres -g postgres /run/hl-secrets/archive/recipient "$to/recipient.part"
mv "$to/recipient.part" "$to/recipient"
begun=$(pgrep -f '[a]rchive-push-encrypted|[b]ackup-push-encrypted') || exit 0
for _ in $(seq 1200); do
  left=; for pid in $begun; do [ ! -d "/proc/$pid" ] || left=1; done
  [ -n "$left" ] || exit 0
  sleep 0.1
done
echo 'it hands a file over for two minutes already' >&2; exit 1`

/** The old key opens nothing any more, and is nowhere but where a person keeps it. */
export async function dropOldKey(docker: Docker, lab: string): Promise<void> {
  await withKeys(docker, lab, `cp identity.next identity.part; ${putIdentity}`)
}

/** What is left of the change. */
export async function tidyKeys(docker: Docker, lab: string): Promise<void> {
  await withKeys(docker, lab, 'rm -f identity.next; sync .')
}

const putIdentity = 'chown postgres:postgres identity.part; sync identity.part; mv identity.part identity; sync .'

/** A script in the folder of the identity, as root, apart from everything. */
async function withKeys(docker: Docker, lab: string, script: string): Promise<string> {
  const project = projectOf(lab)
  const mounts = ['-v', `${project}_archive-identity:/run/hl-identity`, '-v', `${project}_secrets:/run/hl-secrets`]
  const argv = runApart(
    image,
    ['sh', '-euc', `umask 077; cd /run/hl-identity; ${script}`],
    ['--user', 'root', ...mounts],
  )
  return (await docker.text(argv, {timeoutMs: withinMs})).trim()
}
