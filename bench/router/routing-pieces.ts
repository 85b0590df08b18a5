// The pure pieces of routing, one by one, in this thread. Invariant: what a piece returns is used, so that it cannot be
// optimised away. Not here: the whole (routing-cost.ts).
import {chooseReplica, type Need} from '../../src/router/balance/choose-replica.ts'
import {newReplica, type Replica} from '../../src/router/balance/replica.ts'
import {PlanCache} from '../../src/router/statements/plan-cache.ts'
import {interleaved, type ByContender} from './rounds.ts'

interface Piece {
  readonly name: string
  /** Made anew for each turn; what it gives is called with 0, 1, 2 … */
  readonly prepare: () => Promise<(index: number) => unknown>
}

const readText = 'SELECT id, version, balance, filler FROM accounts WHERE id = $1'
const joinText = `SELECT o.id, o.at, c.name, sum(l.amount * l.price) AS total, count(*) FILTER (WHERE l.returned) AS returned FROM orders o JOIN customers c ON c.id = o.customer_id
  JOIN lines l ON l.order_id = o.id WHERE o.at > $1 AND c.region = $2 AND l.amount > 0 GROUP BY o.id, o.at, c.name HAVING sum(l.amount * l.price) > $3 ORDER BY o.at DESC LIMIT 50`

export const pieces: readonly Piece[] = [
  {name: 'planOf, known text', prepare: async () => knownText(readText)},
  {name: `making a text anew (${readText.length} characters)`, prepare: async () => madeAnew(readText)},
  {
    name: `the same, and planOf of it, known (${readText.length} characters)`,
    prepare: async () => knownTextAnew(readText),
  },
  {name: `making a text anew (${joinText.length} characters)`, prepare: async () => madeAnew(joinText)},
  {
    name: `the same, and planOf of it, known (${joinText.length} characters)`,
    prepare: async () => knownTextAnew(joinText),
  },
  {name: 'planOf, new text, by its words (short)', prepare: async () => newText(readText, false)},
  {name: 'planOf, new text, by its words (long)', prepare: async () => newText(joinText, false)},
  {name: 'planOf, new text, by the parser (short)', prepare: async () => newText(readText, true)},
  {name: 'planOf, new text, by the parser (long)', prepare: async () => newText(joinText, true)},
  {name: 'chooseReplica of 2', prepare: async () => choice(2)},
  {name: 'chooseReplica of 5', prepare: async () => choice(5)},
]

/** ns per call: means of each turn. */
export async function timePieces(rounds: number, forMs: number): Promise<ByContender<string, number>> {
  const byName = new Map(pieces.map(piece => [piece.name, piece]))
  const turn = async (name: string): Promise<number> => {
    const piece = byName.get(name)
    return piece === undefined ? Number.NaN : meanNs(await piece.prepare(), forMs)
  }
  for (const {name} of pieces) await turn(name)
  return interleaved(
    pieces.map(({name}) => name),
    rounds,
    turn,
  )
}

/** Between two looks at the clock. */
const batch = 200
let used: unknown = null

function meanNs(piece: (index: number) => unknown, forMs: number): number {
  const startMs = performance.now()
  let calls = 0
  while (performance.now() < startMs + forMs) {
    for (const end = calls + batch; calls < end; calls++) used = piece(calls)
  }
  const ranMs = performance.now() - startMs
  if (used === undefined) throw new Error('a piece gave nothing')
  return (ranMs * 1e6) / calls
}

function knownText(text: string): () => unknown {
  const plans = new PlanCache()
  return () => plans.planOf(text)
}

/** As an application does that puts its text together for each call. */
function madeAnew(text: string): () => string {
  const bytes = Buffer.from(text, 'latin1')
  return () => bytes.toString('latin1')
}

/** Then it is hashed and compared each time. */
function knownTextAnew(text: string): () => unknown {
  const plans = new PlanCache()
  const make = madeAnew(text)
  return () => plans.planOf(make())
}

async function newText(text: string, parsed: boolean): Promise<(index: number) => unknown> {
  const plans = new PlanCache()
  if (parsed && !(await plans.loadParser())) throw new Error('libpg-query does not start')
  return index => plans.planOf(`${text} OFFSET ${index}`)
}

function choice(count: number): () => unknown {
  const replicas = Array.from({length: count}, (_, index): Replica => ({
    ...newReplica(`pg${index + 2}`),
    timeline: 1,
    position: 1_000,
    lagBytes: 0,
    lagMs: 0,
    latencyMs: 1 + index / 10,
    answeredAtMs: performance.now() + 1e6,
  }))
  const need: Need = {limits: {lagBytesMax: 16 * 2 ** 20, lagMsMax: 10_000}, fresh: null}
  return () => chooseReplica(replicas, need, null, performance.now(), Math.random(), Math.random())
}
