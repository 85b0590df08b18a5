// Does what the runbooks name exist? Alerts, error codes, commands with their flags, scenarios, places. PURE.
// Invariant: each problem has its file and line. Not here: reading the files (read-runbooks.ts).
import {readRules, type Rule} from './alert-rules.ts'
import {commandProblem, scenarioNamed, type CommandShape} from './check-command.ts'
import {commandsIn} from './commands-in.ts'
import {hostCommands} from './host-commands.ts'
import {parseRunbook} from './parse-runbook.ts'
import {severities, type Problem, type Runbook, type Severity} from './runbook.ts'

export interface TextFile {
  readonly path: string
  readonly text: string
}

/** What runbooks are held against. */
export interface Linted {
  readonly runbooks: readonly TextFile[]
  /** Pages of errors: their paths end in the code. */
  readonly errorPages: readonly TextFile[]
  /** Rules of Prometheus. */
  readonly rules: readonly TextFile[]
  readonly errorCodes: readonly string[]
  readonly scenarios: readonly string[]
  readonly commands: readonly CommandShape[]
}

/** In the order of files and lines. */
export function lintRunbooks(linted: Linted): readonly Problem[] {
  const parsed = linted.runbooks.map(({path, text}) => parseRunbook(path, text))
  const runbooks = parsed.map(({runbook}) => runbook)
  return [
    ...parsed.flatMap(({problems}) => problems),
    ...alertProblems(runbooks, linted),
    ...pageProblems(linted),
    ...runbooks.flatMap(runbook => scenarioProblems(runbook, linted.scenarios)),
    ...runbooks.flatMap(hostProblems),
    ...[...linted.runbooks, ...linted.errorPages].flatMap(file => commandProblems(file, linted)),
  ].toSorted((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1))
}

interface Alert {
  readonly name: string
  readonly file: string
  readonly rule: Rule
}

/** Every alert has one runbook, which is the one that its rule names; and the other way round. */
function alertProblems(runbooks: readonly Runbook[], {rules}: Pick<Linted, 'rules'>): readonly Problem[] {
  const alerts = rules.flatMap(({path, text}) =>
    readRules(text).flatMap((rule): readonly Alert[] =>
      rule.alert === null ? [] : [{name: rule.alert, file: path, rule}],
    ),
  )
  const ofRules = alerts.flatMap(({name, file, rule}): readonly Problem[] => {
    const holders = runbooks.filter(({front}) => front.alerts.includes(name))
    const named = rule.annotations['runbook'] ?? 'no runbook'
    const tell = (problem: string): readonly Problem[] => [{file, line: rule.line, problem: `${name} ${problem}`}]
    const [only, ...more] = holders
    if (only === undefined) return tell('is in the front matter of no runbook')
    if (more.length > 0) return tell(`has ${holders.length} runbooks: ${holders.map(({path}) => path).join(', ')}`)
    return only.path === named ? [] : tell(`names ${named}, and is in ${only.path}`)
  })
  return [...ofRules, ...runbooks.flatMap(runbook => frontProblems(runbook, alerts))]
}

function frontProblems({path, front}: Runbook, alerts: readonly Alert[]): readonly Problem[] {
  const unknown = front.alerts.filter(name => alerts.every(alert => alert.name !== name))
  const urgent = severities.find(severity =>
    alerts.some(({name, rule}) => front.alerts.includes(name) && rule.severity === severity),
  )
  return [
    ...unknown.map(name => ({file: path, line: 1, problem: `no rule has the alert ${name}`})),
    ...(urgent === undefined || urgent === front.severity
      ? []
      : [{file: path, line: 1, problem: severityText(front.severity, urgent)}]),
  ]
}

const severityText = (said: Severity, urgent: Severity): string =>
  `the most urgent of its alerts is ${urgent}, and its severity ${said}`

function pageProblems({errorCodes, errorPages}: Pick<Linted, 'errorCodes' | 'errorPages'>): readonly Problem[] {
  const codeOf = ({path}: TextFile): string => path.replace(/^.*\/|\.md$/g, '')
  return [
    ...errorCodes
      .filter(code => errorPages.every(page => codeOf(page) !== code))
      .map(code => ({file: `runbooks/errors/${code}.md`, line: 1, problem: `the error ${code} has no page`})),
    ...errorPages
      .filter(page => !errorCodes.includes(codeOf(page)))
      .map(({path}) => ({file: path, line: 1, problem: 'belongs to no error'})),
  ]
}

function scenarioProblems({path, front}: Runbook, scenarios: readonly string[]): readonly Problem[] {
  if (front.scenario === null || scenarios.includes(front.scenario)) return []
  return [{file: path, line: 1, problem: `there is no scenario ${front.scenario}`}]
}

/** On the host hl is carried out and nothing else. */
function hostProblems({path, blocks}: Runbook): readonly Problem[] {
  return blocks
    .filter(({on}) => on === 'host')
    .flatMap(({line, text, audience}) =>
      audience === 'machines' ? [] : hostCommands(text).problems.map(problem => ({file: path, line, problem})),
    )
}

function commandProblems({path, text}: TextFile, {commands, scenarios}: Linted): readonly Problem[] {
  return commandsIn(text).flatMap(command => {
    const problem = commandProblem(command, commands)
    if (problem !== null) return [{file: path, line: command.line, problem}]
    const scenario = scenarioNamed(command.words)
    return scenario === null || scenarios.includes(scenario)
      ? []
      : [{file: path, line: command.line, problem: `there is no scenario ${scenario}`}]
  })
}
