// Something done at a steady rate, whether the last time has ended or not. Runs in a contender's thread.

/** Resolves when all of it has ended; rejects when one of it failed. */
export async function paced(perSecond: number, forMs: number, work: () => Promise<void>): Promise<void> {
  const startMs = performance.now()
  const under: Promise<void>[] = []
  for (let done = 0; done < (perSecond * forMs) / 1_000; done++) {
    await until(startMs + (done * 1_000) / perSecond)
    under.push(work())
  }
  await Promise.all(under)
}

export function until(timeMs: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, Math.max(0, timeMs - performance.now())))
}
