// Rules, and what promtool tests them with, as far as tests of ours need them: a strict reader of the way in which the
// files of monitoring/ are written, and of the names in an expression. Whether Prometheus takes them says promtool.

export interface Rule {
  readonly alert: string | null
  readonly record: string | null
  readonly expr: string
  readonly for: string | null
  readonly severity: string | null
  readonly annotations: Readonly<Record<string, string>>
}

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, '$2')

/** Throws for a line that it does not know, so that nothing is passed over. */
export function readRules(text: string): readonly Rule[] {
  const rules: {-readonly [Key in keyof Rule]: Rule[Key]}[] = []
  let block = ''
  for (const line of text.split('\n')) {
    const [, indent = '', key = '', value = ''] = /^( *)(?:- )?([a-z_]+): ?(.*)$/.exec(line) ?? []
    const rule = rules.at(-1)
    if (/^\s*(#.*)?$/.test(line) || /^(groups:|  - name: [a-z-]+|    rules:)$/.test(line)) continue
    if (/^ {6}- (alert|record): /.test(line)) {
      const [alert, record] = key === 'alert' ? [value, null] : [null, value]
      rules.push({alert, record, expr: '', for: null, severity: null, annotations: {}})
      block = ''
    } else if (rule === undefined) throw new Error(`not a rule: ${line}`)
    else if (indent.length === 8 && ['expr', 'for', 'labels', 'annotations'].includes(key)) {
      block = key
      if (key === 'expr' && value !== '|') rule.expr = unquoted(value)
      if (key === 'for') rule.for = value
      if (key === 'labels') rule.severity = /^\{severity: (\w+)\}$/.exec(value)?.[1] ?? null
    } else if (line.startsWith(' '.repeat(10)) && block === 'expr') rule.expr += `${line.trim()}\n`
    else if (indent.length === 10 && block === 'annotations')
      rule.annotations = {...rule.annotations, [key]: unquoted(value)}
    else throw new Error(`not a line of a rule: ${line}`)
  }
  return rules
}

export interface Selector {
  readonly metric: string
  readonly labels: readonly string[]
}

const words = ['and', 'or', 'unless', 'bool', 'offset']

/** The metrics of an expression with the labels that they are chosen by, and the labels of `by`, `on` and the like. */
export function namesIn(expr: string): {readonly selectors: readonly Selector[]; readonly grouping: readonly string[]} {
  const bare = expr.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[[^\]]*\]/g, '')
  const lists = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g
  const grouping = [...bare.matchAll(lists)].flatMap(match => (match[1] ?? '').split(',').map(label => label.trim()))
  const rest = bare.replaceAll(lists, ' ')
  const selectors = [...rest.matchAll(/(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\()?/g)].flatMap(
    ([, metric = '', follows = '']) =>
      follows === '(' || words.includes(metric)
        ? []
        : [{metric, labels: [...follows.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(match => match[1] ?? '')}],
  )
  return {selectors, grouping: [...new Set(grouping.filter(label => label !== ''))]}
}

export interface RuleTest {
  readonly name: string
  readonly series: readonly string[]
  /** What fires at each moment that is looked at, in order: `HlNoPrimary failing`. */
  readonly fires: readonly (readonly string[])[]
}

/** Of a file of promtool's tests. */
export function readRuleTests(text: string): readonly RuleTest[] {
  return text
    .split(/^ {2}- name: /m)
    .slice(1)
    .map(part => ({
      name: part.slice(0, part.indexOf('\n')),
      series: [...part.matchAll(/- series: '(.*)'/g)].map(match => match[1] ?? ''),
      fires: part
        .split(/^ {6}- expr: /m)
        .slice(1)
        .map(one =>
          [...one.matchAll(/labels: '\{alertname="(\w+)"(?:, lab="(\w+)")?\}'/g)].map(([, alert = '', lab = '']) =>
            `${alert} ${lab}`.trim(),
          ),
        ),
    }))
}
