// Two-phase commit over shards, presumed abort: all arm, the participants prepare, the coordinator commits its own work
// together with the decision, the participants commit what they prepared.
// Invariants: the coordinator is asked to commit only when every participant has said that it is prepared; a part that
// may be prepared is finished, or handed over to be; each step is safe to be the last one of this process, since
// recovery finds the rest. Not here: SQL (shard-branch.ts), the tables of what follows (decide-outcome.ts).
import {ShardError} from '../shard-error.ts'
import type {AtStep} from './crash-points.ts'
import {decideVotes, dutyOf, outcomeOf, type Decision} from './decide-outcome.ts'
import {participantGid} from './gid.ts'
import {notAppliedError, yes, type Answer} from './judge-answer.ts'

/** One shard's part, as the protocol sees it; none of its methods rejects. */
export interface Party {
  readonly shard: string
  /** See armText; `maxPrepared` is what the shard allows, where it said yes. */
  arm(id: string, part: string, participants: readonly string[]): Promise<Answer & {readonly maxPrepared: number}>
  prepare(gid: string): Promise<Answer>
  commit(): Promise<Answer>
  /** Before it was prepared or committed; a connection on which that fails is cut, which has the same effect. */
  rollBack(): Promise<void>
  /** yes: it is over, by this or before. */
  finish(gid: string, how: 'COMMIT' | 'ROLLBACK'): Promise<Answer>
}

/** What is left for later: a part that may be prepared. certain: it was; otherwise it may still become so. */
export interface Unfinished {
  readonly id: string
  readonly shard: string
  readonly gid: string
  readonly how: 'COMMIT' | 'ROLLBACK'
  readonly certain: boolean
}

export interface TwoPhasePorts {
  readonly atStep: AtStep
  /** What became of the coordinator's transaction, whose COMMIT was not answered. */
  settle(id: string): Promise<'committed' | 'rolled-back' | 'unknown'>
  /** Ends it, in the background. */
  finishLater(part: Unfinished): void
  /** Does so too once somebody knows how. */
  settleLater(id: string, participants: readonly {readonly shard: string; readonly gid: string}[]): void
}

export interface Parties {
  readonly coordinator: Party
  readonly participants: readonly Party[]
  /** Shards that only read and whose COMMIT may still be refused: they vote too. */
  readonly readers: readonly Party[]
}

interface Vote {
  readonly party: Party
  readonly gid: string
  readonly answer: Answer
}

/**
 * shards: those that wrote, the coordinator last. unfinished: where it is committed a little later. error: why it was
 * not applied, or is not known.
 */
export type TwoPhaseEnd =
  | {readonly outcome: 'committed'; readonly unfinished: readonly string[]; readonly shards: readonly string[]}
  | {readonly outcome: 'not-applied' | 'unknown'; readonly error: unknown}

/** Never rejects, but for what atStep throws. `id` as transactionId() gives it. */
export async function commitInTwoPhases(parties: Parties, id: string, ports: TwoPhasePorts): Promise<TwoPhaseEnd> {
  const {coordinator, participants, readers} = parties
  await ports.atStep('begun')
  const refusal = await arm(parties, id, ports)
  if (refusal !== null) {
    await Promise.all([coordinator, ...participants, ...readers].map(party => party.rollBack()))
    return {outcome: 'not-applied', error: notAppliedError(refusal)}
  }
  const [votes, ended] = await prepare(parties, id, ports)
  const answers = [...votes.map(({answer}) => answer), ...ended]
  const {decision, refused} = await decide(coordinator, answers, id, ports)
  const unfinished = await finish(decision, votes, id, ports)
  const outcome = outcomeOf(decision)
  if (outcome === 'committed')
    return {outcome, unfinished, shards: [...participants, coordinator].map(({shard}) => shard)}
  // A part that prepared is finished; one that did not still has its connection in a transaction, or none any more.
  await Promise.all([
    ...votes.filter(({answer}) => answer.said === 'no').map(({party}) => party.rollBack()),
    ...readers.map(party => party.rollBack()),
  ])
  const error = outcome === 'unknown' ? commitUnknown(id, coordinator.shard, refused.error) : notAppliedError(refused)
  return {outcome, error}
}

/** null: all are armed. The coordinator's lock is there before anything is prepared. */
async function arm({coordinator, participants}: Parties, id: string, {atStep}: TwoPhasePorts): Promise<Answer | null> {
  const names = participants.map(({shard}) => shard)
  const arming = [
    coordinator.arm(id, id, names),
    ...participants.map(party => party.arm(id, participantGid(id, party.shard), [])),
  ]
  await atStep('arming')
  const armed = await Promise.all(arming)
  await atStep('armed')
  const refusal = armed.find(({said}) => said !== 'yes')
  if (refusal !== undefined) return refusal
  const off = participants.find((_party, index) => armed[index + 1]?.maxPrepared === 0)
  return off === undefined ? null : {said: 'no', error: preparedAreOff(off.shard)}
}

async function prepare(
  {participants, readers}: Parties,
  id: string,
  {atStep}: TwoPhasePorts,
): Promise<readonly [readonly Vote[], readonly Answer[]]> {
  const preparing = participants.map(async (party): Promise<Vote> => {
    const gid = participantGid(id, party.shard)
    return {party, gid, answer: await party.prepare(gid)}
  })
  const ending = readers.map(party => party.commit())
  await atStep('preparing')
  await Promise.race(preparing)
  await atStep('one-prepared')
  const votes = await Promise.all(preparing)
  const ended = await Promise.all(ending)
  await atStep('prepared')
  return [votes, ended]
}

async function decide(
  coordinator: Party,
  answers: readonly Answer[],
  id: string,
  ports: TwoPhasePorts,
): Promise<{readonly decision: Decision; readonly refused: Answer}> {
  if (decideVotes(answers.map(({said}) => said)) === 'abort') {
    await coordinator.rollBack()
    // What a server says is more than that another connection broke.
    const refused = answers.find(({said}) => said === 'no') ?? answers.find(({said}) => said === 'unknown')
    return {decision: 'not-asked', refused: refused ?? yes}
  }
  const committing = coordinator.commit()
  await ports.atStep('deciding')
  const answer = await committing
  await ports.atStep('decided')
  if (answer.said === 'yes') return {decision: 'committed', refused: answer}
  if (answer.said === 'unknown') return {decision: await ports.settle(id), refused: answer}
  await coordinator.rollBack()
  return {decision: 'rolled-back', refused: answer}
}

/** Gives the shards where it is committed later. */
async function finish(
  decision: Decision,
  votes: readonly Vote[],
  id: string,
  ports: TwoPhasePorts,
): Promise<readonly string[]> {
  if (decision === 'unknown') {
    ports.settleLater(
      id,
      votes.map(({party, gid}) => ({shard: party.shard, gid})),
    )
    return []
  }
  const how = decision === 'committed' ? 'COMMIT' : 'ROLLBACK'
  const unfinished: string[] = []
  const finishing = votes.map(async ({party, gid, answer}) => {
    const duty = dutyOf(decision, answer.said)
    if (duty === 'none') return
    const certain = duty !== 'settle'
    const {said} = certain ? await party.finish(gid, how) : answer
    if (said === 'yes') return
    unfinished.push(party.shard)
    ports.finishLater({id, shard: party.shard, gid, how, certain})
  })
  await ports.atStep('finishing')
  await Promise.race(finishing)
  await ports.atStep('one-finished')
  await Promise.all(finishing)
  await ports.atStep('finished')
  return unfinished
}

/** The answer of a shard that is not asked. */
export const armedWith = (maxPrepared: number): Answer & {readonly maxPrepared: number} => ({...yes, maxPrepared})

function preparedAreOff(shard: string): ShardError {
  return new ShardError(
    'CONFIG_INVALID',
    `shard ${shard} has max_prepared_transactions = 0, so nothing that was written on several shards can be ` +
      'committed as one; nothing was: set it to at least max_connections there (a restart) and on its standbys ' +
      'first, or write to one shard per transaction',
    {shard},
  )
}

function commitUnknown(id: string, shard: string, cause: unknown): ShardError {
  return new ShardError(
    'COMMIT_UNKNOWN',
    `the coordinator shard ${shard} did not answer COMMIT, and what became of it could not be asked yet ` +
      `(transaction ${id}); it is committed on all shards or on none as soon as it can be: do not run it again ` +
      'before that, look it up by a key of its own, or with listInDoubt()',
    {shard, detail: {gid: id}, outcome: 'unknown', cause},
  )
}
