// What stands between the first two lines of dashes of a runbook: one `name: value` a line, lists as `[a, b]`. PURE.
// Invariant: a name or a value that it does not know is a problem with its line, not passed over.
import {parseDurationMs} from '../model/time.ts'
import {severities, type FrontMatter} from './runbook.ts'

export interface Found {
  readonly line: number
  readonly problem: string
}

export interface ReadFront {
  readonly front: FrontMatter
  /** The rest of the file, with as many empty lines before it as the front matter had. */
  readonly body: string
  readonly problems: readonly Found[]
}

const names = ['alerts', 'severity', 'scenario', 'unrehearsed', 'blast', 'budget', 'cases'] as const
type Name = (typeof names)[number]
const isName = (text: string): text is Name => names.some(name => name === text)

interface Value {
  readonly line: number
  readonly text: string
}

/** Every problem is told, and what is wrong is as if it were not there. */
export function readFront(text: string): ReadFront {
  const lines = text.split('\n')
  const end = lines[0] === '---' ? lines.indexOf('---', 1) : -1
  if (end < 0) {
    const problem = 'has no front matter: it begins with a line ---, and ends with another'
    return {front: frontOf(new Map(), []), body: text, problems: [{line: 1, problem}]}
  }
  const problems: Found[] = []
  const values = new Map<Name, Value>()
  for (const [index, line] of lines.slice(1, end).entries()) {
    const at = index + 2
    const [, name = '', value = ''] = /^([a-z]+): (\S.*)$/.exec(line) ?? []
    if (!isName(name)) problems.push({line: at, problem: `"${line}" is none of ${names.join(', ')} with a value`})
    else if (values.has(name)) problems.push({line: at, problem: `${name} is said twice`})
    else if (/: | #/.test(value)) problems.push({line: at, problem: 'a value with ": " or " #" in it is no YAML'})
    else values.set(name, {line: at, text: value})
  }
  const front = frontOf(values, problems)
  const body = [...Array.from({length: end + 1}, () => ''), ...lines.slice(end + 1)].join('\n')
  return {front, body, problems}
}

function frontOf(values: ReadonlyMap<Name, Value>, problems: Found[]): FrontMatter {
  const lineOf = (name: Name): number => values.get(name)?.line ?? 1
  const textOf = (name: Name): string | null => values.get(name)?.text ?? null
  const list = (name: Name): readonly string[] => {
    const text = textOf(name)
    const [, inner] = text === null ? [] : (/^\[([\w, -]+)\]$/.exec(text) ?? [])
    if (text !== null && inner === undefined)
      problems.push({line: lineOf(name), problem: `${name} is a list such as [a, b], not ${text}`})
    return (inner ?? '').split(',').flatMap(each => (each.trim() === '' ? [] : [each.trim()]))
  }
  const needed = (name: Name): string => {
    const text = textOf(name)
    if (text === null) problems.push({line: 1, problem: `${name} is missing`})
    return text ?? ''
  }
  const said = needed('severity')
  const severity = severities.find(each => each === said)
  if (severity === undefined && said !== '')
    problems.push({line: lineOf('severity'), problem: `severity is one of ${severities.join(', ')}, not ${said}`})
  const budget = needed('budget')
  const budgetMs = parseDurationMs(budget)
  if (budgetMs === null && budget !== '')
    problems.push({line: lineOf('budget'), problem: `budget is a duration such as 5m, not ${budget}`})
  const [scenario, unrehearsed] = [textOf('scenario'), textOf('unrehearsed')]
  if ((scenario === null) === (unrehearsed === null))
    problems.push({line: lineOf('unrehearsed'), problem: 'says either its scenario, or unrehearsed: why it has none'})
  return {
    alerts: list('alerts'),
    severity: severity ?? 'none',
    scenario,
    unrehearsed,
    blast: needed('blast'),
    budgetMs: budgetMs ?? 0,
    cases: list('cases'),
  }
}
