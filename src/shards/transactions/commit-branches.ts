// The end of a transaction over shards: by which protocol, and carrying it out. Invariants: after it no part is open;
// what it says is what became of all. Not here: two phases (two-phase.ts), the choice (decide-protocol.ts).
import type {BranchState} from './decide-protocol.ts'
import {decideProtocol} from './decide-protocol.ts'
import {notAppliedError, swallowedError, type Answer} from './judge-answer.ts'
import {commitInTwoPhases, type Party, type TwoPhaseEnd, type TwoPhasePorts} from './two-phase.ts'

/** A part of which it can be found out what it did. Does not reject. */
export interface Branch extends Party {
  /** `isTied`: which writes that are tied it has is asked too. */
  inspect(isTied: boolean): Promise<BranchState>
}

export interface CommitPorts extends TwoPhasePorts {
  /** The id of a new two-phase transaction; throws ShardError CONFIG_INVALID. */
  newId(coordinator: string, participants: number): string
}

export type CommitEnd = TwoPhaseEnd & {readonly phases: 0 | 1 | 2; readonly id: string | null}

/**
 * `branches` in the order in which they were first used; those that are `tied` must have the same of such writes. Never
 * rejects, but for what atStep throws.
 */
export async function commitBranches(
  branches: readonly Branch[],
  ports: CommitPorts,
  tied: ReadonlySet<string>,
): Promise<CommitEnd> {
  const byName = new Map(branches.map(branch => [branch.shard, branch]))
  const named = (names: readonly string[]): readonly Branch[] =>
    names.flatMap(name => {
      const branch = byName.get(name)
      return branch === undefined ? [] : [branch]
    })
  const protocol = decideProtocol(await Promise.all(branches.map(branch => branch.inspect(tied.has(branch.shard)))))
  switch (protocol.kind) {
    case 'abort':
      await rollBackAll(branches)
      return {outcome: 'not-applied', error: protocol.error ?? swallowedError(protocol.failed), phases: 0, id: null}
    case 'end':
      return {...(await commitReaders(named(protocol.readers), branches)), phases: 0, id: null}
    case 'one-phase':
      return {...(await commitInOne(protocol, branches, named)), phases: 1, id: null}
    case 'two-phase':
      return commitInTwo(protocol, branches, named, ports)
  }
}

type Named = (names: readonly string[]) => readonly Branch[]

async function commitInOne(
  {
    writer,
    readers,
    readersFirst,
  }: {readonly writer: string; readonly readers: readonly string[]; readonly readersFirst: boolean},
  branches: readonly Branch[],
  named: Named,
): Promise<TwoPhaseEnd> {
  if (readersFirst) {
    const end = await commitReaders(named(readers), branches)
    if (end.outcome !== 'committed') return end
  }
  const [answer] = await commitAll(named([writer]))
  if (answer?.said === 'yes') {
    // They wrote nothing, so what becomes of them changes nothing.
    if (!readersFirst) await commitAll(named(readers))
    return committed
  }
  await rollBackAll(branches)
  return {outcome: answer?.said === 'unknown' ? 'unknown' : 'not-applied', error: answer?.error}
}

async function commitInTwo(
  protocol: {
    readonly coordinator: string
    readonly participants: readonly string[]
    readonly readers: readonly string[]
    readonly readersFirst: boolean
  },
  branches: readonly Branch[],
  named: Named,
  ports: CommitPorts,
): Promise<CommitEnd> {
  const [coordinator] = named([protocol.coordinator])
  if (coordinator === undefined) throw new Error('the coordinator is none of the branches')
  const readers = named(protocol.readers)
  let id: string
  try {
    id = ports.newId(protocol.coordinator, protocol.participants.length)
  } catch (error) {
    await rollBackAll(branches)
    return {outcome: 'not-applied', error, phases: 2, id: null}
  }
  const parties = {
    coordinator,
    participants: named(protocol.participants),
    readers: protocol.readersFirst ? readers : [],
  }
  const end = await commitInTwoPhases(parties, id, ports)
  if (!protocol.readersFirst) await (end.outcome === 'committed' ? commitAll(readers) : rollBackAll(readers))
  return {...end, phases: 2, id}
}

const committed: TwoPhaseEnd = {outcome: 'committed', unfinished: [], shards: []}

/** Where nothing was written there is nothing that could be half done: what a COMMIT is refused with is the error. */
async function commitReaders(readers: readonly Branch[], branches: readonly Branch[]): Promise<TwoPhaseEnd> {
  const answers = await commitAll(readers)
  const refused = answers.find(({said}) => said !== 'yes')
  if (refused === undefined) return committed
  await rollBackAll(branches)
  return {outcome: 'not-applied', error: notAppliedError(refused)}
}

function commitAll(branches: readonly Branch[]): Promise<readonly Answer[]> {
  return Promise.all(branches.map(branch => branch.commit()))
}

async function rollBackAll(branches: readonly Branch[]): Promise<void> {
  await Promise.all(branches.map(branch => branch.rollBack()))
}
