// One PostgreSQL as people start it in tests today: testcontainers, from wherever it is installed, and a container of
// the lab's own image in which initdb runs first, as in the image `postgres`. Not here: what is compared (starts.ts).
import {createRequire} from 'node:module'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'

interface Started {
  readonly stop: () => Promise<unknown>
}

interface Builder {
  withEntrypoint(words: readonly string[]): this
  withCommand(words: readonly string[]): this
  withUser(name: string): this
  withExposedPorts(port: number): this
  withWaitStrategy(strategy: unknown): this
  start(): Promise<Started>
}

interface Testcontainers {
  readonly GenericContainer: new (image: string) => Builder
  readonly Wait: {readonly forLogMessage: (text: RegExp, times: number) => unknown}
}

const image = 'hl-postgres:17'
const bin = '/usr/lib/postgresql/17/bin'
/** The image `postgres` starts a server for its set-up first; this one does not, so it is the faster one. */
const script = `${bin}/initdb -D /tmp/data -U postgres --auth=trust >/dev/null && exec ${bin}/postgres -D /tmp/data -k /tmp -c listen_addresses='*'`

/** null: it is not installed in that folder. */
export async function loadTestcontainers(folder: string): Promise<Testcontainers | null> {
  try {
    const path = createRequire(join(folder, 'package.json')).resolve('testcontainers')
    const loaded = (await import(pathToFileURL(path).href)) as {readonly default?: Testcontainers} & Testcontainers
    return loaded.default ?? loaded
  } catch {
    return null
  }
}

/** Ready means that it takes connections. */
export async function startPlainServer({GenericContainer, Wait}: Testcontainers): Promise<Started> {
  return new GenericContainer(image)
    .withEntrypoint(['sh', '-c'])
    .withCommand([script])
    .withUser('postgres')
    .withExposedPorts(5_432)
    .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 1))
    .start()
}
