import {expect, it} from 'vitest'
import {answerProblem, releaseAnswer} from './read-answer.ts'

it.each([undefined, null, 0, '', 'id', {rows: []}, {ok: false}, new Response('', {status: 201})])(
  '%o went well',
  answer => expect(answerProblem(answer)).toBeNull(),
)

it.each([
  [400, 'not-applied'],
  [409, 'not-applied'],
  [500, 'unknown'],
  [503, 'unknown'],
] as const)('an answer with %i is %s', (status, reach) =>
  expect(answerProblem(new Response('', {status}))).toEqual({
    reach,
    code: `HTTP_${status}`,
    message: `answered with ${status}`,
  }),
)

it('lets go of a body that nobody has read, and of none that somebody has', async () => {
  const [unread, read] = [new Response('x'), new Response('x')]
  expect(await read.text()).toBe('x')
  releaseAnswer(read)
  releaseAnswer(unread)
  await expect(unread.text()).rejects.toThrow()
})
