// What promtool tests rules with, and the names in an expression, as far as tests of ours need them. Whether Prometheus
// takes them says promtool. Not here: the rules (src/runbooks/alert-rules.ts).

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
