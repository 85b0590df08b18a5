// Contenders side by side: each once per round, so that what gets slower or faster on the machine meanwhile hits all of
// them alike, and in an order in which each comes behind each other equally often, since what a turn leaves behind (a
// busy disk, a cold cache) is paid by the next. Not here: what a turn is, what follows from the figures (figures.ts).

/** What each contender gave, round by round. */
export type ByContender<Name extends string, Figure> = Readonly<Record<Name, readonly Figure[]>>

/**
 * One turn at a time: two contenders never run at once. `firstRound` goes on counting where several calls make one
 * measurement.
 */
export async function interleaved<Name extends string, Figure>(
  names: readonly Name[],
  rounds: number,
  turn: (name: Name) => Promise<Figure>,
  firstRound = 0,
): Promise<ByContender<Name, Figure>> {
  const figures = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, Figure[]>
  for (let round = firstRound; round < firstRound + rounds; round++) {
    for (const name of orderOf(names, round)) figures[name].push(await turn(name))
  }
  return figures
}

/**
 * The order of one round. Over as many rounds as there are contenders (twice as many when that is an odd number) each
 * comes at each place, and behind each other within a round, equally often: Williams' design (E. J. Williams, 1949,
 * Experimental designs balanced for the estimation of residual effects of treatments).
 */
export function orderOf<Name>(names: readonly Name[], round: number): readonly Name[] {
  const count = names.length
  // 0, 1, n-1, 2, n-2, …: the steps between neighbours are all different.
  const zigzag = names.map((_, place) => (place % 2 === 1 ? (place + 1) / 2 : (count - place / 2) % count))
  const order = zigzag.map(place => names[(place + round) % count]).filter(name => name !== undefined)
  const isMirrored = count % 2 === 1 && Math.floor(round / count) % 2 === 1
  return isMirrored ? order.toReversed() : order
}

/**
 * Compiling ends only seconds after the first statement (V8's tiers, the parser's WebAssembly in threads of its own):
 * seen, 3.2 s of CPU beside a router's thread in its first 6 s and 0.6 s beside a bare pool's; then 10 ms a second for
 * each. It is not a statement's price, so nothing is measured before.
 */
export const warmUpMs = 10_000

/**
 * Compiling follows how often code ran, not for how long: behind 10 s of inserts, a few thousand of each contender, a
 * router's client still spent 10 % more CPU than a bare pool's, behind 30,000 of them 1 % less.
 */
export const warmUpStatements = 40_000
const warmUpMostMs = 180_000

/** So many statements of each, all of them at the same time; `turn` tells how many it sent. Rejects after 3 minutes. */
export async function warmUpBy<Name extends string>(
  names: readonly Name[],
  turn: (name: Name) => Promise<number>,
  statements = warmUpStatements,
): Promise<void> {
  const startMs = performance.now()
  const warm = async (name: Name): Promise<void> => {
    for (let sent = 0; sent < statements; sent += await turn(name))
      if (performance.now() - startMs > warmUpMostMs)
        throw new Error(`${name} sent ${sent} of ${statements} statements of its warm-up in ${warmUpMostMs / 1_000} s`)
  }
  await Promise.all(names.map(warm))
}

/** All of them at the same time. */
export async function warmUp<Name extends string>(
  names: readonly Name[],
  turn: (name: Name, forMs: number) => Promise<unknown>,
  forMs = warmUpMs,
): Promise<void> {
  await Promise.all(names.map(async name => turn(name, forMs)))
}
