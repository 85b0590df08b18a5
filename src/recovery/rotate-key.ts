// Changes the key of an encrypted archive: a new one is made, the nodes encrypt for it, what is there is encrypted
// again, the old key goes. Invariants: at each moment the identity of the lab opens whatever the archive holds; what
// was cut off anywhere goes on when it is asked for again; the old key goes last, and not while anything needs it.
// Not here: the steps (src/lab/lifecycle/key-rotation.ts, compose/images/archive/rekey).
import {readArchive} from '../backup/read-archive.ts'
import {lastWords} from '../backup/run-on-node.ts'
import {withoutHostFaults} from '../backup/verify/host-fault.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {
  dropOldKey,
  lookAtKeys,
  makeNextKey,
  mark,
  nameRecipient,
  openWithBoth,
  tellNode,
  tidyKeys,
  unmark,
  type KeysThere,
} from '../lab/lifecycle/key-rotation.ts'
import {serviceOf} from '../lab/lifecycle/lab-description.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {startRekeyNode} from '../lab/nodes/restore-node.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {workInNode} from '../waiting/work-in-node.ts'
import {requireAKey} from './archive-identity.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

export interface RotatedKey {
  readonly lab: string
  /** The public key that everything is encrypted for now. */
  readonly recipient: string
  /** What this run encrypted again. */
  readonly files: number
  readonly bytes: number
}

/** What would be encrypted again. */
export interface PlannedRotation {
  readonly lab: string
  readonly files: number
  readonly bytes: number
}

export interface Rekeyed {
  readonly files: number
  readonly bytes: number
  /** What could not be opened, and why. */
  readonly bad: readonly string[]
}

export interface RotationSteps {
  readonly look: () => Promise<KeysThere>
  readonly makeNext: () => Promise<void>
  readonly mark: () => Promise<void>
  readonly openWithBoth: () => Promise<void>
  readonly nameRecipient: () => Promise<void>
  readonly tellNodes: () => Promise<void>
  readonly rekey: () => Promise<Rekeyed>
  readonly dropOld: () => Promise<void>
  readonly unmark: () => Promise<void>
  readonly tidy: () => Promise<void>
}

type Rotated = Omit<RotatedKey, 'lab'>

/** What nodes hand over meanwhile is for the new key: a second round finds nothing, unless a file came in its way. */
const roundsMax = 5

/** BACKUP_INVALID where something cannot be opened: both keys stay then. */
export async function rotate(steps: RotationSteps, note: (text: string) => void): Promise<Rotated> {
  const there = await steps.look()
  const isOver = there.next !== null && there.opens.join() === there.next
  if (isOver && there.isMarked) {
    note('the old key was dropped before; tidying up')
    return end(steps, there.next, {files: 0, bytes: 0})
  }
  // Of one that came to its end a key may be left: what is asked for is another.
  const isNew = there.next === null || isOver
  if (isNew) await steps.makeNext()
  else note('a change that was cut off goes on')
  await steps.mark()
  await steps.openWithBoth()
  await steps.nameRecipient()
  await steps.tellNodes()
  note('the nodes encrypt for the new key; encrypting again what is there')
  const done = await rekeyAll(steps, note)
  const {next} = isNew ? await steps.look() : there
  await steps.dropOld()
  return end(steps, next ?? '', done)
}

async function rekeyAll(steps: RotationSteps, note: (text: string) => void): Promise<Omit<Rotated, 'recipient'>> {
  let [files, bytes] = [0, 0]
  for (let round = 0; round < roundsMax; round++) {
    const done = await steps.rekey()
    files += done.files
    bytes += done.bytes
    if (done.bad.length > 0) throw unopened(done.bad)
    if (done.files === 0) return {files, bytes}
    note(`${done.files} files are for the new key alone`)
  }
  throw new HlError('TIMEOUT', `after ${roundsMax} rounds there is still something for the old key, which stays`, {
    next: [hint('backups rotate-key', {why: 'goes on'}), hint('status')],
  })
}

const badShown = 4

function unopened(bad: readonly string[]): HlError {
  const more = bad.length > badShown ? `, and ${bad.length - badShown} more` : ''
  return new HlError(
    'BACKUP_INVALID',
    `${bad.length} files could not be encrypted again, so the old key stays: ` +
      `${bad.slice(0, badShown).join('; ')}${more}`,
    {
      next: [
        hint('backups verify', {why: 'names what is damaged; a node may hand the WAL over again'}),
        hint('backups prune', {flags: {'keep-full': 2}, why: 'removes what is not needed'}),
        hint('backups rotate-key', {why: 'goes on, when they are gone'}),
      ],
    },
  )
}

async function end(steps: RotationSteps, recipient: string, done: Omit<Rotated, 'recipient'>): Promise<Rotated> {
  await steps.unmark()
  await steps.tidy()
  return {recipient, ...done}
}

/** What it would be about. ARCHIVE_KEY_MISSING for an archive that is not encrypted, or whose identity is gone. */
export async function planRotation(
  {docker}: Pick<RecoveryPorts, 'docker'>,
  lab: ConnectedLab,
): Promise<PlannedRotation> {
  const {cluster} = lab
  requireAKey(cluster)
  await lookAtKeys(docker, cluster.lab)
  const listings = await readArchive(cluster)
  const sizes = listings.flatMap(({files, backups}) => [
    ...files.map(({bytes}) => bytes),
    ...backups.map(({bytes}) => bytes.stored),
  ])
  return {lab: cluster.lab, files: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0)}
}

/**
 * Takes the lab. Errors: those of the plan, LAB_UNHEALTHY where a node that runs cannot be told the new key,
 * BACKUP_INVALID, INTERRUPTED; asked for again it goes on.
 */
export async function rotateKey(ports: RecoveryPorts, lab: ConnectedLab): Promise<RotatedKey> {
  const {docker, signal, note} = ports
  const {lab: name} = lab.cluster
  requireAKey(lab.cluster)
  return whileLocked(docker, {lab: name, what: 'hl backups rotate-key'}, async () => {
    const stop = (): void => signal?.throwIfAborted()
    const step = (work: (of: typeof docker, lab: string) => Promise<void>) => async (): Promise<void> => {
      stop()
      await work(docker, name)
    }
    const steps: RotationSteps = {
      look: async () => lookAtKeys(docker, name),
      makeNext: step(makeNextKey),
      mark: step(mark),
      openWithBoth: step(openWithBoth),
      nameRecipient: step(nameRecipient),
      tellNodes: step(async () => tellNodes(ports, lab)),
      rekey: async () => workInNode(withoutHostFaults(await startRekeyNode(docker, name)), signal, runRekey),
      dropOld: step(dropOldKey),
      unmark: step(unmark),
      tidy: step(tidyKeys),
    }
    return {lab: name, ...(await rotate(steps, note))}
  })
}

/** One that is stopped reads whom it encrypts for when it is started. */
async function tellNodes({docker}: RecoveryPorts, {clusters, description}: ConnectedLab): Promise<void> {
  for (const {cluster} of clusters) {
    const {members} = await cluster.state()
    for (const member of members.filter(({container}) => container !== 'stopped'))
      await tellNode(docker, serviceOf(description, member.name).container)
  }
}

const rekeyMs = 6 * 3_600_000

async function runRekey(node: Parameters<typeof withoutHostFaults>[0]): Promise<Rekeyed> {
  const {exitCode, stdout, stderr} = await node.exec(['rekey'], {user: 'postgres', timeoutMs: rekeyMs, bound: true})
  const rekeyed = parseRekeyed(stdout)
  if (exitCode === 0 && rekeyed !== null) return rekeyed
  throw new HlError('BACKUP_FAILED', `encrypting again was cut off: ${lastWords(stderr)}`, {
    next: [hint('backups rotate-key', {why: 'goes on where it ended'})],
  })
}

/** PURE: what `rekey` prints; null where it did not come to its end. */
export function parseRekeyed(text: string): Rekeyed | null {
  const [, files, bytes] = /^done (\d+) (\d+)$/m.exec(text) ?? []
  if (files === undefined || bytes === undefined) return null
  return {
    files: Number(files),
    bytes: Number(bytes),
    bad: text.split('\n').flatMap(line => (line.startsWith('bad ') ? [line.slice(4)] : [])),
  }
}
