import fc from 'fast-check'
import {fromMarkdown} from 'mdast-util-from-markdown'
import {readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {temporaryFolder} from '../../test/temporary-folder.ts'
import {incidentMarkdown, startOfIncident, stepLine, type Incident, type IncidentStep} from './incident.ts'
import {createIncident} from './keep-incident.ts'
import {parseRunbook} from './parse-runbook.ts'

const {runbook} = parseRunbook('runbooks/a.md', '# A title')
const startedAt = '2026-01-01T00:00:00.000Z'
const step: IncidentStep = {
  line: 12,
  section: 'Act',
  on: '<node>',
  at: 'pg1',
  effect: 'changes',
  command: 'mend',
  outcome: 'met',
  why: [],
  exitCode: 0,
  output: 'mended\n',
  startedAt,
  tookMs: 1_500,
}
const incident: Incident = {
  ...startOfIncident(runbook, {incident: '0101-000000-00', lab: 'lab', cases: [], startedAt}),
  state: 'done',
  verdict: 'pass',
  steps: [step, {...step, outcome: 'left-out', at: null, why: ['only in case damaged']}],
}

describe('the report of an incident', () => {
  it('has each command with its output', () => {
    const text = incidentMarkdown(incident)
    expect(text).toContain('| ended | done, pass |')
    expect(text).toContain(
      '## Act, line 12: met\n\n2026-01-01T00:00:00.000Z, at pg1, changes, 1.50 s, exit 0\n\n```\nmend\n```\n\n```\nmended\n```\n',
    )
    expect(text).toContain('## Act, line 12: left-out\n\n- only in case damaged\n')
    expect(stepLine(step)).toBe('met      Act, line 12 at pg1 after 1.50 s')
  })

  it('keeps any output within its fence', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('`', '``', '\n', '```\n', 'x', '# y\n'), {minLength: 1}), parts => {
        const output = parts.join('')
        const tree = fromMarkdown(incidentMarkdown({...incident, steps: [{...step, output}]}))
        const codes = tree.children.flatMap(node => (node.type === 'code' ? [node.value] : []))
        expect(codes).toEqual(['mend', output.trimEnd()])
      }),
    ))

  it('lies in a folder of its own, which is its owner’s alone', () => {
    const root = temporaryFolder('incidents')
    const ids = ['0101-000000-00', '0101-000000-00', '0101-000000-01']
    const [first, second] = [0, 1].map(() => createIncident(root, () => ids.shift() ?? 'none'))
    expect([first?.incident, second?.incident]).toEqual(['0101-000000-00', '0101-000000-01'])
    second?.keep(incident)
    const path = second?.path ?? ''
    expect(JSON.parse(readFileSync(join(path, 'incident.json'), 'utf8'))).toEqual(incident)
    expect(['', 'incident.json', 'incident.md'].map(name => statSync(join(path, name)).mode & 0o777)).toEqual([
      0o700, 0o600, 0o600,
    ])
  })
})
