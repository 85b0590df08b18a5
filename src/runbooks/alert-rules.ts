// Rules of Prometheus, by a strict reader of the way in which the files of monitoring/ are written. PURE. Not here:
// whether Prometheus takes them (promtool does).

/** One rule; `alert` or `record` is null. */
export interface Rule {
  /** Of its first line, from 1. */
  readonly line: number
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
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', key = '', value = ''] = /^( *)(?:- )?([a-z_]+): ?(.*)$/.exec(line) ?? []
    const rule = rules.at(-1)
    if (/^\s*(#.*)?$/.test(line) || /^(groups:|  - name: [a-z-]+|    rules:)$/.test(line)) continue
    if (/^ {6}- (alert|record): /.test(line)) {
      const [alert, record] = key === 'alert' ? [value, null] : [null, value]
      rules.push({line: index + 1, alert, record, expr: '', for: null, severity: null, annotations: {}})
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
