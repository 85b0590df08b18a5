// Are both sides of a move alike before groups change hands, either way: their schemas, their partitions, their rows?
// Invariant: what is compared is what the side that takes the groups will serve. Not here: comparing rows
// (verify-content.ts), when it is asked (move-states.ts).
import {differenceText, schemaDifference} from '../migrate/schema-difference.ts'
import {readSchema} from '../migrate/schema-snapshot.ts'
import {ShardError} from '../shard-error.ts'
import type {Direction} from './channel-sql.ts'
import type {MoveContext} from './move-context.ts'
import {readMovingTables} from './moving-tables.ts'
import {readSideFacts} from './preflight-sql.ts'
import {verifyContent} from './verify-content.ts'

/** `caughtUp` resolves when the side that takes the groups has heard of all that the other had committed. */
export async function verifySides(
  context: MoveContext,
  direction: Direction,
  caughtUp: () => Promise<void>,
): Promise<void> {
  const {source, destination} = context
  const [one, other] = await Promise.all([readSchema(source.session), readSchema(destination.session)])
  const difference = schemaDifference(one, other)
  if (difference !== null)
    throw new ShardError(
      'MOVE_STOPPED',
      `the schemas differ by now: ${differenceText(difference, source.server.name, destination.server.name)}`,
    )
  await requireTables(context)
  await requirePartitions(context)
  await verifyContent(direction === 'out' ? context : turned(context), caughtUp)
}

/** Who has been written to is looked at first. */
export function turned(context: MoveContext): MoveContext {
  return {...context, source: context.destination, destination: context.source}
}

/** One that was sharded in the moment in which the move began is in no publication. */
async function requireTables({tables, source}: MoveContext): Promise<void> {
  const known = new Set(tables.map(({name}) => name))
  const others = (await readMovingTables(source.session)).filter(({name}) => !known.has(name))
  if (others.length > 0)
    throw new ShardError(
      'MOVE_STOPPED',
      `${others.map(({name}) => name).join(', ')} is sharded since the move began, and does not come with it: abort the move, and start it again`,
      {detail: {reason: 'SCHEMA'}},
    )
}

/** Those that were made meanwhile: a row of tomorrow must find one on the destination too, and on the way back. */
async function requirePartitions({source, destination}: MoveContext): Promise<void> {
  const [ofSource = [], ofDestination = []] = await Promise.all(
    [source, destination].map(async ({session}) => (await readSideFacts(session)).partitions),
  )
  for (const [has, lacks, there, here] of [
    [source, destination, ofSource, ofDestination],
    [destination, source, ofDestination, ofSource],
  ] as const) {
    const missing = there.filter(one => !here.includes(one))
    if (missing.length > 0)
      throw new ShardError(
        'MOVE_STOPPED',
        `${lacks.server.name} lacks partitions that ${has.server.name} has by now: ${missing.slice(0, 5).join(', ')}; make them there`,
        {shard: lacks.server.name, detail: {reason: 'PARTITIONS'}},
      )
  }
}
