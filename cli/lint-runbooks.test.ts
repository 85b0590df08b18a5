// The runbooks that come with hl hold what they say of alerts, errors, scenarios and commands. What each rule finds:
// src/runbooks/lint-runbooks.test.ts.
import {describe, expect, it} from 'vitest'
import {scenarioNames} from '../scenarios/index.ts'
import {errorCodes} from '../src/model/errors.ts'
import {lintRunbooks} from '../src/runbooks/lint-runbooks.ts'
import {allRunbooks, packageFiles} from '../src/runbooks/read-runbooks.ts'
import {commandShapes} from './command-shapes.ts'
import {loadConfig} from './run.ts'

const {commands} = await loadConfig(new URL('..', import.meta.url), 'sources')
const shapes = commandShapes(commands)
const [runbooks, errorPages] = ['runbooks', 'runbooks/errors'].map(folder => packageFiles(folder, '.md'))
const rules = packageFiles('monitoring/rules', '.yml')
const lint = (more: Partial<Parameters<typeof lintRunbooks>[0]> = {}) =>
  lintRunbooks({
    ...{runbooks: runbooks ?? [], errorPages: errorPages ?? [], rules, errorCodes},
    ...{scenarios: scenarioNames, commands: shapes, ...more},
  })

describe('the runbooks', () => {
  it('are all there, and name nothing that is not', () => {
    expect(allRunbooks().length).toBeGreaterThan(20)
    expect(errorPages?.length).toBe(errorCodes.length)
    expect(lint()).toEqual([])
  })
  it('have blocks that are carried out on a lab, and some that destroy', () => {
    const blocks = allRunbooks().flatMap(({runbook}) => runbook.blocks)
    expect(blocks.filter(({audience}) => audience !== 'machines').length).toBeGreaterThan(20)
    expect(blocks.some(({effect}) => effect === 'destroys')).toBe(true)
  })
  it('would be found at fault without a command, an alert or a scenario', () => {
    expect(lint({commands: shapes.filter(({name}) => name !== 'status')}).length).toBeGreaterThan(20)
    expect(lint({rules: []}).length).toBeGreaterThan(20)
    expect(lint({scenarios: []}).length).toBeGreaterThan(10)
  })
})

describe('the shapes of commands', () => {
  const shapeOf = (name: string) => shapes.find(shape => shape.name === name)
  it('know flags by each of their spellings, arguments and aliases', () => {
    expect(shapeOf('up')?.flags['no-encrypt']).toEqual({takesValue: false, options: null, required: false})
    expect(shapeOf('switchover')?.flags['y']).toMatchObject({takesValue: false})
    expect(shapeOf('status')?.flags['lab']).toMatchObject({takesValue: true})
    expect(shapeOf('status')?.flags['json']).toMatchObject({takesValue: false})
    expect(shapeOf('faults inject')).toMatchObject({argsMin: 1, argsMax: 1, flags: {node: {required: true}}})
    expect(shapeOf('runbooks list')?.aliases).toEqual(['runbooks'])
  })
})
