// What two workers of a test runner cost each other: each starts a cluster of three in a process of its own and takes
// it away, alone and side by side.
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {ratioOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings} from '../router/part.ts'
import {targetText, timed, type TestingPart} from './testing-part.ts'

const entry = new URL('../../src/testing/index.ts', import.meta.url).href
const targetX = 1.5

/** Start, a statement, reset, stop: what a file of tests does at least. */
const script = `import {PatroniCluster} from ${JSON.stringify(entry)}
await using cluster = await new PatroniCluster({nodes: 3}).start()
await cluster.psql('CREATE TABLE notes (id text)')
await cluster.reset()`

async function worker(): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`a worker ended with ${code ?? 'a signal'}`)
}

export const workers: TestingPart = {
  name: 'workers',
  about: 'two workers of a test runner side by side',
  run: async ({rounds, tell}): Promise<Findings> => {
    const alone: number[] = []
    const both: number[] = []
    const one = async (): Promise<void> => {
      alone.push((await timed(worker)).ms)
      tell(`alone: ${((alone.at(-1) ?? 0) / 1_000).toFixed(1)} s`)
    }
    const two = async (): Promise<void> => {
      both.push((await timed(async () => Promise.all([worker(), worker()]))).ms)
      tell(`two side by side: ${((both.at(-1) ?? 0) / 1_000).toFixed(1)} s`)
    }
    for (let round = 0; round < rounds; round += 1)
      for (const work of round % 2 === 0 ? [one, two] : [two, one]) await work()
    const seconds = (ms: readonly number[]): string => spreadText(spreadOf(ms.map(each => each / 1_000)), 1)
    const ratio = ratioOf(both, alone)
    return {
      tables: [
        {
          title: 'A file of tests with a cluster of three: start, reset, stop',
          head: ['workers', 's until both are done', 'x one alone'],
          rows: [
            ['one', seconds(alone), '1'],
            ['two side by side', seconds(both), spreadText(ratio, 2)],
          ],
          note: `Target: ${targetText('two of one', ratio.median, targetX, 'x')}. Median of ${rounds} rounds, interleaved; in brackets the least and the greatest, of ratios those of one round. Each worker is a process; two clusters are six PostgreSQL under Patroni and two etcd on one host.`,
        },
      ],
      raw: {alone, both},
      versions: {},
    }
  },
}
