// Logs of the lab's containers, both streams in the order of their timestamps. Not here: storing them, redaction (the
// lab logs no secret).
import type {Cluster} from '../../model/ports.ts'
import type {Docker} from './docker.ts'

/** One container's log since `sinceIso` (null: all of it). Lines begin with Docker's timestamp. */
export async function readLogs(docker: Docker, container: string, sinceIso: string | null): Promise<string> {
  const since = sinceIso === null ? [] : ['--since', sinceIso]
  const outcome = await docker.attempt(['logs', '--timestamps', ...since, container], {timeoutMs: 60_000})
  return mergeByTime(outcome.stdout, outcome.stderr)
}

/** PURE: two logs whose lines begin with a timestamp, as one. */
export function mergeByTime(a: string, b: string): string {
  const all = `${a}\n${b}`.split('\n').filter(line => line !== '')
  return all
    .map((line, index) => ({line, index, at: line.slice(0, 30)}))
    .sort((x, y) => (x.at < y.at ? -1 : x.at > y.at ? 1 : x.index - y.index))
    .map(({line}) => `${line}\n`)
    .join('')
}

export interface LogLine {
  /** When the container said it, by Docker's clock; null: not known. */
  readonly at: string | null
  readonly text: string
}

/** PURE: lines that begin with Docker's timestamp. */
export function logLines(log: string): readonly LogLine[] {
  return log
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const [, at, text] = /^(\d{4}-\S+Z) ?(.*)$/.exec(line) ?? []
      return {at: at ?? null, text: text ?? line}
    })
}

/** The logs of all services, by name; a service whose log cannot be read says so in its place. */
export async function collectLogs(
  cluster: Cluster,
  services: readonly string[],
  sinceIso: string | null,
): Promise<Readonly<Record<string, string>>> {
  const entries = await Promise.all(
    services.map(
      async service =>
        [service, await cluster.logs(service, sinceIso).catch((error: unknown) => `${String(error)}\n`)] as const,
    ),
  )
  return Object.fromEntries(entries)
}
