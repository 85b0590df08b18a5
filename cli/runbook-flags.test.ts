import {describe, expect, it} from 'vitest'
import {soundRunbook} from '../src/runbooks/read-runbooks.ts'
import {blockAsker, requireAnswers, valuesOf} from './runbook-flags.ts'

describe('what placeholders stand for', () => {
  it('is read from name=value', () => expect(valuesOf(['node=pg3', 'id=a=b'])).toEqual({node: 'pg3', id: 'a=b'}))
  it.each(['node', 'node=', '=pg3', 'Node=pg3'])('%s is none', word =>
    expect(() => valuesOf([word])).toThrow(expect.objectContaining({code: 'USAGE'})),
  )
})

describe('a runbook that changes something', () => {
  const {runbook} = soundRunbook('node-down')
  const values = {node: 'pg3'}
  it.each([
    [['stopped'], {yes: false, mayAsk: false}, true],
    [['stopped'], {yes: true, mayAsk: false}, false],
    [['stopped'], {yes: false, mayAsk: true}, false],
    [[], {yes: false, mayAsk: false}, false],
  ])('in cases %j with %j is refused before its first block: %s', (cases, asking, isRefused) => {
    const require = (): void => requireAnswers(runbook, {cases, values}, asking)
    if (isRefused) expect(require).toThrow(expect.objectContaining({code: 'CONFIRMATION_MISSING'}))
    else expect(require).not.toThrow()
  })
  it('is not asked about with --yes', async () => {
    const [block] = runbook.blocks
    if (block === undefined) throw new Error('it has no block')
    const may = blockAsker({yes: true, mayAsk: false}, new AbortController().signal)
    expect(await may(block)).toBe(true)
    const asks = blockAsker({yes: false, mayAsk: false}, new AbortController().signal)
    await expect(asks(block)).rejects.toMatchObject({code: 'CONFIRMATION_MISSING'})
  })
})
