// Contenders side by side: each once per round, and the order turned around from round to round, so that what gets
// slower or faster on the machine meanwhile hits all of them alike. Not here: what a turn is, what follows from the
// figures (figures.ts).

/** What each contender gave, round by round. */
export type ByContender<Name extends string, Figure> = Readonly<Record<Name, readonly Figure[]>>

/** One turn at a time: two contenders never run at once. */
export async function interleaved<Name extends string, Figure>(
  names: readonly Name[],
  rounds: number,
  turn: (name: Name) => Promise<Figure>,
): Promise<ByContender<Name, Figure>> {
  const figures = Object.fromEntries(names.map(name => [name, []])) as unknown as Record<Name, Figure[]>
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) figures[name].push(await turn(name))
  }
  return figures
}
