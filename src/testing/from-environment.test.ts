import {expect, it} from 'vitest'
import {testEnvironment} from './from-environment.ts'

it.each([
  [{}, {runs: '.hl/runs', keep: 'failed'}],
  [
    {HL_RUNS: '', HL_KEEP: ''},
    {runs: '.hl/runs', keep: 'failed'},
  ],
  [
    {HL_RUNS: 'out', HL_KEEP: 'always'},
    {runs: 'out', keep: 'always'},
  ],
])('%j', (variables, environment) => expect(testEnvironment(variables)).toEqual(environment))

it('refuses a word that it does not know', () =>
  expect(() => testEnvironment({HL_KEEP: 'yes'})).toThrow(expect.objectContaining({code: 'CONFIG_INVALID'})))
