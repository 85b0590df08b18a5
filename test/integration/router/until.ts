// The one way in which these tests wait. Invariant: it ends by its deadline, also when a look hangs, and the error says
// what was seen last. For tests only.

/** Between two looks. */
const pauseMs = 20

const tick = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Looks again and again until `met`; a look that fails counts as seen. */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  met: (seen: T) => boolean = Boolean,
  withinMs = 30_000,
): Promise<T> {
  const endMs = performance.now() + withinMs
  let last = 'nothing'
  for (;;) {
    const leftMs = endMs - performance.now()
    if (leftMs <= 0) throw new Error(`${what}: not within ${withinMs} ms; last seen: ${last}`)
    const seen = await within(leftMs, look)
    if (seen.kind === 'value' && met(seen.value)) return seen.value
    if (seen.kind !== 'hung') last = seen.kind === 'value' ? JSON.stringify(seen.value) : String(seen.error)
    await tick(pauseMs)
  }
}

type Seen<T> =
  | {readonly kind: 'value'; readonly value: T}
  | {readonly kind: 'error'; readonly error: unknown}
  | {readonly kind: 'hung'}

async function within<T>(ms: number, look: () => Promise<T> | T): Promise<Seen<T>> {
  let timer: NodeJS.Timeout | undefined
  const hung = new Promise<Seen<T>>(resolve => {
    timer = setTimeout(() => resolve({kind: 'hung'}), ms)
  })
  try {
    return await Promise.race([
      Promise.resolve()
        .then(look)
        .then(
          (value): Seen<T> => ({kind: 'value', value}),
          (error: unknown): Seen<T> => ({kind: 'error', error}),
        ),
      hung,
    ])
  } finally {
    clearTimeout(timer)
  }
}
