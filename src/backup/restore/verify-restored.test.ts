import {expect, it} from 'vitest'
import {verifyServer} from './verify-restored.ts'

/** A sound server on timeline 2 whose columns have these sequences; `answers`: are they far enough? */
async function sequencesOf(owned: string, answers = ''): Promise<readonly unknown[]> {
  const checks = await verifyServer(async argv => {
    const text = argv.join(' ')
    const stdout = text.includes('pg_depend') ? owned : text.includes('UNION ALL') ? answers : ''
    return Promise.resolve({exitCode: 0, stdout, stderr: ''})
  })
  return checks.flatMap(({name, verdict}) => (name === 'sequences' ? [verdict] : []))
}

it.each([
  ['all far enough', 'SELECT 1\nSELECT 2', 'a_seq|t\nb_seq|t', ['pass']],
  ['one behind', 'SELECT 1\nSELECT 2', 'a_seq|t\nb_seq|f', ['fail']],
  ['none at all', '', '', []],
])('of sequences that are %s', async (_what, owned, answers, verdicts) =>
  expect(await sequencesOf(owned, answers)).toEqual(verdicts),
)
