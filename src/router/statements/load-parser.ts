// PostgreSQL's own grammar, if it is installed: the package libpg-query is an optional peer of the library, 1.6 MB of
// WebAssembly, and loaded only when it is asked for.
// Invariant: whatever goes wrong here means that there is no parser, never an error. Not here: the tree it gives
// (classify-tree.ts), and what is done when one of its calls fails (plan-cache.ts).

/**
 * The parse tree of a text. Throws an error named SqlError for what PostgreSQL's grammar refuses, and any other error
 * when it is itself at its end.
 */
export type Parse = (text: string) => unknown

export async function loadLibpgQuery(): Promise<Parse | null> {
  try {
    const loaded: unknown = await import('libpg-query')
    const module = isLibpgQuery(loaded) ? loaded : defaultOf(loaded)
    if (!isLibpgQuery(module)) return null
    await module.loadModule()
    return text => module.parseSync(text)
  } catch {
    return null
  }
}

interface LibpgQuery {
  readonly loadModule: () => Promise<void>
  readonly parseSync: (text: string) => unknown
}

function isLibpgQuery(value: unknown): value is LibpgQuery {
  if (typeof value !== 'object' || value === null || !('loadModule' in value) || !('parseSync' in value)) return false
  return typeof value.loadModule === 'function' && typeof value.parseSync === 'function'
}

/** Of a CommonJS module whose names could not be told without running it. */
function defaultOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : null
}
