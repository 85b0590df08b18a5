// PostgreSQL's own grammar and the writer of its trees, if they are installed: libpg-query and pgsql-deparser are
// optional peers and loaded only when asked for. Invariant: whatever goes wrong here means that there is none, never
// an error. Not here: the proof that a text says what its tree says (render.ts).
import type {Sql} from './render.ts'

/** Null when one of the two is not installed or does not start. */
export async function loadSql(): Promise<Sql | null> {
  try {
    const grammar = functionsOf(await import('libpg-query'))
    const writer = functionsOf(await import('pgsql-deparser'))
    const {loadModule, parseSync} = grammar
    const {deparseSync} = writer
    if (loadModule === undefined || parseSync === undefined || deparseSync === undefined) return null
    await loadModule()
    return {parse: text => parseSync(text), write: statement => String(deparseSync(statement, {pretty: false}))}
  } catch {
    return null
  }
}

type Functions = Readonly<Partial<Record<string, (...args: unknown[]) => unknown>>>

/** Named exports, or those of a CommonJS module whose names could not be told without running it. */
function functionsOf(loaded: unknown): Functions {
  const module = isObject(loaded) ? loaded : {}
  const inner = isObject(module['default']) ? module['default'] : {}
  const all = Object.entries({...inner, ...module})
  return Object.fromEntries(all.filter((entry): entry is [string, () => unknown] => typeof entry[1] === 'function'))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
