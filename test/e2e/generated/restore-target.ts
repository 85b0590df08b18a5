// Restores a recorded history to a target by the product's own way, a recovery copy, and compares all that it holds.
// For tests only. Invariant: right, or refused with an error that a person can read; a content that is wrong is never
// let through. Not here: what is right (test/generated/targets.ts).
import {endRecovery} from '../../../src/backup/copy/copy-server.ts'
import {hasCopy, openCopyNode} from '../../../src/lab/nodes/recovery-copy.ts'
import {HlError, type ErrorCode} from '../../../src/model/errors.ts'
import type {RestoreNode} from '../../../src/model/ports.ts'
import {createCopy, dropCopy, forwardCopy, planCopy} from '../../../src/recovery/recovery-copy.ts'
import {restoreRequest} from '../../../src/recovery/restore-request.ts'
import {clusterSql, contentSql, differences, lockedIn, parseContent, type Content} from '../../generated/content.ts'
import type {Recording} from '../../generated/recording.ts'
import {describeTarget, expectedOf, type Target} from '../../generated/targets.ts'
import {databasesIn, type LiveCluster} from './live-cluster.ts'

/** What a refusal may be called while nothing is damaged: everything else is a failure of the product. */
const refusals: readonly ErrorCode[] = ['TARGET_UNREACHABLE', 'TARGET_INVALID']
const readMs = 60_000

export interface Outcome {
  readonly target: Target
  /** What is wrong; none: it is right. */
  readonly wrong: readonly string[]
  /** What the product said where it refused. */
  readonly refused: string | null
  readonly ms: number
}

/** One after the other. The copy of one that stands before the next is moved on, where `goesOn` says so. */
export async function restoreToTargets(
  live: LiveCluster,
  recording: Recording,
  targets: readonly Target[],
  goesOn: (target: Target) => boolean,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  // The mark at which a copy stands that can be moved on.
  let stands: number | null = null
  for (const target of targets) {
    const {expect} = target
    const isLater: boolean =
      stands !== null &&
      expect.must !== 'be-refused' &&
      expect.mark > stands &&
      isKnownAt(recording, stands, target) &&
      goesOn(target)
    const startedMs = performance.now()
    const {wrong, refused, canGoOn} = await restoreTo(live, recording, target, {isLater, mayBe: isRefusal})
    const mark = expect.must === 'be-refused' ? null : expect.mark
    stands = canGoOn && refused === null ? mark : null
    if (refused !== null || !canGoOn) await dropIfAny(live)
    outcomes.push({target, wrong, refused, ms: Math.round(performance.now() - startedMs)})
  }
  await dropIfAny(live)
  return outcomes
}

/** A copy is moved to before the loss of what it has itself; it does not look behind where it stands. */
function isKnownAt({marks}: Recording, mark: number, {wanted: {beforeDrop}}: Target): boolean {
  return beforeDrop === undefined || marks[mark]?.content.get('hl')?.has(`table ${beforeDrop}`) === true
}

/** One on a copy of its own. `mayBe`: what a refusal may be called. */
export async function restoreToOne(
  live: LiveCluster,
  recording: Recording,
  target: Target,
  mayBe: (code: ErrorCode) => boolean,
): Promise<Outcome> {
  const startedMs = performance.now()
  const {wrong, refused} = await restoreTo(live, recording, target, {isLater: false, mayBe})
  await dropIfAny(live)
  return {target, wrong, refused, ms: Math.round(performance.now() - startedMs)}
}

export const isRefusal = (code: ErrorCode): boolean => refusals.includes(code)

async function dropIfAny({lab, ports}: LiveCluster): Promise<void> {
  await dropCopy(ports.docker, lab.cluster.lab).catch((error: unknown) => {
    if (!(error instanceof HlError) || error.code !== 'LAB_MISSING') throw error
  })
}

async function restoreTo(
  live: LiveCluster,
  recording: Recording,
  target: Target,
  {isLater, mayBe}: {readonly isLater: boolean; readonly mayBe: (code: ErrorCode) => boolean},
): Promise<{readonly wrong: readonly string[]; readonly refused: string | null; readonly canGoOn: boolean}> {
  const {lab, ports} = live
  const {wanted, expect} = target
  try {
    const request = await restoreRequest(wanted, lab.cluster)
    if (isLater) await forwardCopy(ports, lab.cluster, request)
    else {
      await dropIfAny(live)
      const at = {at: request}
      await createCopy(ports, lab.cluster, at, await planCopy(ports, lab.cluster, at))
    }
  } catch (error) {
    if (!(error instanceof HlError)) throw error
    const refused = `${error.code}: ${error.message}`
    const isAllowed = mayBe(error.code) && expect.must !== 'be-restored'
    const isLeft = !isLater && (await hasCopy(ports.docker, lab.cluster.lab))
    const wrong = [...(isAllowed ? [] : [`refused with ${refused}`]), ...(isLeft ? ['left a copy'] : [])]
    return {wrong, refused, canGoOn: false}
  }
  if (expect.must === 'be-refused') return {wrong: [`restored, though ${expect.why}`], refused: null, canGoOn: false}
  const node = await openCopyNode(ports.docker, lab.cluster.lab)
  const expected = expectedOf(recording, expect)
  let seen = await contentOf(node)
  // What a transaction under way has locked can be read once its recovery is over, and not be moved on then.
  const isInTheWay = [...seen].some(([database, content]) =>
    lockedIn(content).some(name => expected.get(database)?.locked.includes(name) !== true),
  )
  if (isInTheWay) {
    await endRecovery(node)
    seen = await contentOf(node)
  }
  return {wrong: compare(expected, seen), refused: null, canGoOn: !isInTheWay}
}

/** All databases, in words; none where they are the same. */
export function compare(
  expected: ReturnType<typeof expectedOf>,
  seen: ReadonlyMap<string, Content>,
): readonly string[] {
  return [...new Set([...expected.keys(), ...seen.keys()])].flatMap(database => {
    const [wanted, found] = [expected.get(database), seen.get(database)]
    if (wanted === undefined || found === undefined)
      return [`database ${database} is ${found ? 'too many' : 'missing'}`]
    return differences(wanted, found).map(text => `${database}: ${text}`)
  })
}

/** All of it: two questions, whatever number of databases there is. */
export async function contentOf(node: RestoreNode): Promise<ReadonlyMap<string, Content>> {
  const ask = async (script: string): Promise<string> => {
    const argv = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', '-']
    const {exitCode, stdout, stderr} = await node.exec(argv, {user: 'postgres', stdin: script, timeoutMs: readMs})
    if (exitCode !== 0) throw new Error(`asking what was restored failed: ${stderr}`)
    return stdout
  }
  const cluster = parseContent(await ask(clusterSql))
  const databases = databasesIn(cluster)
  const parts =
    databases.length === 0
      ? []
      : (await ask(databases.map(name => `\\connect ${name}\n\\echo @@\n${contentSql}`).join('\n'))).split('@@\n')
  return new Map([
    ['', cluster],
    ...databases.map((name, index): readonly [string, Content] => [name, parseContent(parts[index + 1] ?? '')]),
  ])
}

/** For a person: what was wrong, and how it is repeated. */
export function describeOutcome({target, wrong, refused, ms}: Outcome): string {
  const what =
    wrong.length > 0 ? `WRONG: ${wrong.join(' / ')}` : refused === null ? 'right' : `refused (${refused.slice(0, 300)})`
  return `${describeTarget(target)}: ${what} in ${ms} ms`
}
