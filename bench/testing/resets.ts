// What a reset between two tests costs, of a database with the rows of a test in it.
import {PatroniCluster} from '../../src/testing/index.ts'
import {spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings} from '../router/part.ts'
import {targetText, timed, type TestingPart} from './testing-part.ts'

const sizes = [0, 1_000, 100_000] as const
const targetS = 2

export const resets: TestingPart = {
  name: 'resets',
  about: 'reset() between two tests',
  run: async ({rounds, undo, tell}): Promise<Findings> => {
    const cluster = await new PatroniCluster({nodes: 3}).start()
    undo.defer('the cluster', async () => cluster.stop())
    await cluster.psql('CREATE TABLE notes (id bigint PRIMARY KEY, text text)', {as: 'hl_migrations'})
    await cluster.snapshot()
    const times = new Map<number, number[]>(sizes.map(rows => [rows, []]))
    for (let round = 0; round < 2 * rounds; round += 1)
      for (const [rows, ms] of times) {
        await cluster.psql(`INSERT INTO notes SELECT n, repeat('x', 200) FROM generate_series(1, ${rows}) n`)
        ms.push((await timed(async () => cluster.reset())).ms)
        const left = await cluster.psql('SELECT count(*) AS n FROM notes')
        if (left[0]?.['n'] !== '0') throw new Error(`a reset left ${left[0]?.['n'] ?? 'nothing to count'} rows`)
        tell(`${rows} rows: ${((ms.at(-1) ?? 0) / 1_000).toFixed(2)} s`)
      }
    const seconds = [...times].map(([rows, ms]) => ({rows, spread: spreadOf(ms.map(each => each / 1_000))}))
    const worst = Math.max(...seconds.map(({spread}) => spread.median))
    return {
      tables: [
        {
          title: 'reset()',
          head: ['rows that a test wrote', 's'],
          rows: seconds.map(({rows, spread}) => [String(rows), spreadText(spread, 2)]),
          note: `Target: ${targetText('the slowest median', worst, targetS, 's')}. Median of ${2 * rounds}, in brackets the least and the greatest; three nodes, synchronous. In it: the look whether every node is in place, the database anew from the copy that the server keeps, the old one dropped.`,
        },
      ],
      raw: Object.fromEntries(times),
      versions: {},
    }
  },
}
